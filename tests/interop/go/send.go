// Sends what is known with the OpenTelemetry SDK: send known.json SERVICE TRACE_ID
//
// Where to and how say the SDK's own variables: OTEL_EXPORTER_OTLP_ENDPOINT, ..._PROTOCOL,
// ..._COMPRESSION, ..._CERTIFICATE and so on. Metrics and logs go too where OTEL_METRICS_EXPORTER and
// OTEL_LOGS_EXPORTER are otlp.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type known struct {
	Resource []keyValue
	Scope    [2]string
	Spans    []struct {
		ID           string
		Parent       string
		RemoteParent string `json:"remote_parent"`
		Tracestate   string
		Name         string
		Kind         string
		Start, End   instant
		Attributes   []keyValue
		Events       []struct {
			Name       string
			Time       instant
			Attributes []keyValue
		}
		Links []struct {
			Trace, ID  string
			Attributes []keyValue
		}
		Status []string
	}
	Metrics []knownMetric
	Logs    []knownLog
}

type instant struct{ time.Time }

func (i *instant) UnmarshalJSON(text []byte) error {
	var parts [2]int64
	err := json.Unmarshal(text, &parts)
	i.Time = time.Unix(parts[0], parts[1])
	return err
}

type keyValue struct{ attribute.KeyValue }

// read decodes JSON into the type that make takes.
func read[T any](text []byte, key string, make func(string, T) attribute.KeyValue) (attribute.KeyValue, error) {
	var value T
	err := json.Unmarshal(text, &value)
	return make(key, value), err
}

// readValue takes the value's type and the value.
func readValue(key string, raw [2]json.RawMessage) (attribute.KeyValue, error) {
	var kind string
	if err := json.Unmarshal(raw[0], &kind); err != nil {
		return attribute.KeyValue{}, err
	}
	switch kind {
	case "string":
		return read(raw[1], key, attribute.String)
	case "bool":
		return read(raw[1], key, attribute.Bool)
	case "int":
		return read(raw[1], key, attribute.Int64)
	case "double":
		return read(raw[1], key, attribute.Float64)
	case "string[]":
		return read(raw[1], key, attribute.StringSlice)
	case "bool[]":
		return read(raw[1], key, attribute.BoolSlice)
	case "int[]":
		return read(raw[1], key, attribute.Int64Slice)
	case "double[]":
		return read(raw[1], key, attribute.Float64Slice)
	}
	return attribute.KeyValue{}, fmt.Errorf("%s: unknown type %s", key, kind)
}

func (kv *keyValue) UnmarshalJSON(text []byte) error {
	var raw [3]json.RawMessage
	var key string
	err := json.Unmarshal(text, &raw)
	if err == nil {
		err = json.Unmarshal(raw[0], &key)
	}
	if err == nil {
		kv.KeyValue, err = readValue(key, [2]json.RawMessage(raw[1:]))
	}
	return err
}

func attributes(list []keyValue) []attribute.KeyValue {
	out := []attribute.KeyValue{}
	for _, kv := range list {
		out = append(out, kv.KeyValue)
	}
	return out
}

type knownIDs struct {
	trace trace.TraceID
	spans []trace.SpanID
}

func (ids *knownIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	return ids.trace, ids.NewSpanID(ctx, ids.trace)
}

func (ids *knownIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	id := ids.spans[0]
	ids.spans = ids.spans[1:]
	return id
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// report says what an SDK gives back where it ends, as apps do.
func report(err error) {
	if err != nil {
		log.Print(err)
	}
}

var kinds = map[string]trace.SpanKind{
	"internal": trace.SpanKindInternal,
	"server":   trace.SpanKindServer,
	"client":   trace.SpanKindClient,
	"producer": trace.SpanKindProducer,
	"consumer": trace.SpanKindConsumer,
}

var statuses = map[string]codes.Code{"ok": codes.Ok, "error": codes.Error}

// newExporter makes the one of the protocol.
func newExporter[E any](protocol string, grpc, http func() (E, error)) (E, error) {
	switch protocol {
	case "grpc":
		return grpc()
	case "http/protobuf":
		return http()
	}
	var none E
	return none, fmt.Errorf("unknown protocol %q", protocol)
}

func send(ctx context.Context, known known, service string, traceID trace.TraceID) {
	ids := &knownIDs{trace: traceID}
	for _, span := range known.Spans {
		ids.spans = append(ids.spans, must(trace.SpanIDFromHex(span.ID)))
	}
	spanContext := func(id string, traceID trace.TraceID, remote bool, state string) trace.SpanContext {
		return trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: traceID, SpanID: must(trace.SpanIDFromHex(id)), TraceFlags: trace.FlagsSampled,
			TraceState: must(trace.ParseTraceState(state)), Remote: remote,
		})
	}
	within := func(span string) context.Context {
		if span == "" {
			return ctx
		}
		return trace.ContextWithSpanContext(ctx, spanContext(span, traceID, false, ""))
	}
	protocol := os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL")
	res := resource.NewSchemaless(append(attributes(known.Resource),
		attribute.String("service.name", service))...)
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(must(newSpanExporter(ctx, protocol, os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")))),
		sdk.WithIDGenerator(ids),
		sdk.WithResource(res))
	tracer := provider.Tracer(known.Scope[0], trace.WithInstrumentationVersion(known.Scope[1]))
	for _, one := range known.Spans {
		around := ctx
		if one.Parent != "" {
			around = within(one.Parent)
		} else if one.RemoteParent != "" {
			around = trace.ContextWithSpanContext(ctx,
				spanContext(one.RemoteParent, traceID, true, one.Tracestate))
		}
		links := []trace.Link{}
		for _, link := range one.Links {
			linked := traceID
			if link.Trace != "" {
				linked = must(trace.TraceIDFromHex(link.Trace))
			}
			links = append(links, trace.Link{
				SpanContext: spanContext(link.ID, linked, false, ""),
				Attributes:  attributes(link.Attributes),
			})
		}
		_, span := tracer.Start(around, one.Name, trace.WithSpanKind(kinds[one.Kind]),
			trace.WithTimestamp(one.Start.Time), trace.WithLinks(links...),
			trace.WithAttributes(attributes(one.Attributes)...))
		for _, event := range one.Events {
			span.AddEvent(event.Name, trace.WithTimestamp(event.Time.Time),
				trace.WithAttributes(attributes(event.Attributes)...))
		}
		if len(one.Status) > 0 {
			span.SetStatus(statuses[one.Status[0]], one.Status[1])
		}
		span.End(trace.WithTimestamp(one.End.Time))
	}
	report(provider.Shutdown(ctx))
	if os.Getenv("OTEL_METRICS_EXPORTER") == "otlp" {
		sendMetrics(known, res, protocol, within)
	}
	if os.Getenv("OTEL_LOGS_EXPORTER") == "otlp" {
		sendLogs(known, res, protocol, within)
	}
}

func main() {
	var everything known
	if err := json.Unmarshal(must(os.ReadFile(os.Args[1])), &everything); err != nil {
		log.Fatal(err)
	}
	send(context.Background(), everything, os.Args[2], must(trace.TraceIDFromHex(os.Args[3])))
}

package main

import (
	"context"
	"encoding/json"
	"log"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	otellog "go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

const exponential = "exponential histogram"

type measurement struct {
	Value      json.Number
	Attributes []keyValue
	Span       string // that was going on
}

type knownMetric struct {
	Name, Description, Unit, Kind, Type string
	Bounds                              []float64
	Records                             []measurement
}

type severity struct {
	Number otellog.Severity
	Text   string
}

func (s *severity) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&s.Number, &s.Text})
}

type knownLog struct {
	Time       instant
	Severity   severity
	Body       [2]json.RawMessage // of an attribute without a key
	Attributes []keyValue
	Event      string
	Span       string
}

// adder and recorder are what the kinds of instruments have in common.
type adder[N any] interface {
	Add(context.Context, N, ...metric.AddOption)
}

type recorder[N any] interface {
	Record(context.Context, N, ...metric.RecordOption)
}

func add[N any](instrument adder[N], err error) func(context.Context, N, metric.MeasurementOption) {
	must(instrument, err)
	return func(ctx context.Context, value N, with metric.MeasurementOption) {
		instrument.Add(ctx, value, with)
	}
}

func record[N any](instrument recorder[N], err error) func(context.Context, N, metric.MeasurementOption) {
	must(instrument, err)
	return func(ctx context.Context, value N, with metric.MeasurementOption) {
		instrument.Record(ctx, value, with)
	}
}

func sendInts(meter metric.Meter, one knownMetric, within func(string) context.Context) {
	unit, text := metric.WithUnit(one.Unit), metric.WithDescription(one.Description)
	var write func(context.Context, int64, metric.MeasurementOption)
	switch one.Kind {
	case "counter":
		write = add[int64](meter.Int64Counter(one.Name, unit, text))
	case "up-down counter":
		write = add[int64](meter.Int64UpDownCounter(one.Name, unit, text))
	default:
		log.Fatalf("%s: no %s of ints is known", one.Name, one.Kind)
	}
	for _, r := range one.Records {
		write(within(r.Span), must(r.Value.Int64()), metric.WithAttributes(attributes(r.Attributes)...))
	}
}

func sendDoubles(meter metric.Meter, one knownMetric, within func(string) context.Context) {
	unit, text := metric.WithUnit(one.Unit), metric.WithDescription(one.Description)
	var write func(context.Context, float64, metric.MeasurementOption)
	switch one.Kind {
	case "counter":
		write = add[float64](meter.Float64Counter(one.Name, unit, text))
	case "gauge":
		write = record[float64](meter.Float64Gauge(one.Name, unit, text))
	case "histogram":
		write = record[float64](meter.Float64Histogram(one.Name, unit, text,
			metric.WithExplicitBucketBoundaries(one.Bounds...)))
	case exponential:
		write = record[float64](meter.Float64Histogram(one.Name, unit, text))
	default:
		log.Fatalf("%s: no %s of doubles is known", one.Name, one.Kind)
	}
	for _, r := range one.Records {
		write(within(r.Span), must(r.Value.Float64()), metric.WithAttributes(attributes(r.Attributes)...))
	}
}

// within gives the context of a span, by its id, or of none.
func sendMetrics(known known, res *resource.Resource, protocol string, within func(string) context.Context) {
	ctx := context.Background()
	exporter := must(newExporter(protocol,
		func() (sdkmetric.Exporter, error) { return otlpmetricgrpc.New(ctx) },
		func() (sdkmetric.Exporter, error) { return otlpmetrichttp.New(ctx) }))
	reader := sdkmetric.NewPeriodicReader(exporter, sdkmetric.WithInterval(time.Hour)) // and when it ends
	options := []sdkmetric.Option{sdkmetric.WithReader(reader), sdkmetric.WithResource(res)}
	for _, one := range known.Metrics {
		if one.Kind == exponential {
			options = append(options, sdkmetric.WithView(sdkmetric.NewView(
				sdkmetric.Instrument{Name: one.Name},
				sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{
					MaxSize: 160, MaxScale: 20}})))
		}
	}
	provider := sdkmetric.NewMeterProvider(options...)
	meter := provider.Meter(known.Scope[0], metric.WithInstrumentationVersion(known.Scope[1]))
	for _, one := range known.Metrics {
		if one.Type == "int" {
			sendInts(meter, one, within)
		} else {
			sendDoubles(meter, one, within)
		}
	}
	report(provider.Shutdown(ctx))
}

func sendLogs(known known, res *resource.Resource, protocol string, within func(string) context.Context) {
	ctx := context.Background()
	exporter := must(newExporter(protocol,
		func() (sdklog.Exporter, error) { return otlploggrpc.New(ctx) },
		func() (sdklog.Exporter, error) { return otlploghttp.New(ctx) }))
	provider := sdklog.NewLoggerProvider(sdklog.WithResource(res),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)))
	logger := provider.Logger(known.Scope[0], otellog.WithInstrumentationVersion(known.Scope[1]))
	for _, one := range known.Logs {
		var out otellog.Record
		out.SetTimestamp(one.Time.Time)
		out.SetSeverity(one.Severity.Number)
		out.SetSeverityText(one.Severity.Text)
		out.SetEventName(one.Event)
		out.SetBody(otellog.ValueFromAttribute(must(readValue("", one.Body)).Value))
		for _, kv := range one.Attributes {
			out.AddAttributes(otellog.KeyValueFromAttribute(kv.KeyValue))
		}
		logger.Emit(within(one.Span), out)
	}
	report(provider.Shutdown(ctx))
}

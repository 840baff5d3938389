package main

import (
	"context"
	"fmt"
	"net/url"

	"go.opentelemetry.io/otel/exporters/jaeger"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// newSpanExporter makes OTLP's exporter of the protocol, or the one for Jaeger that the SDK had: to a
// collector (jaeger/http) or to an agent (jaeger/udp).
func newSpanExporter(ctx context.Context, protocol, endpoint string) (sdk.SpanExporter, error) {
	switch protocol {
	case "jaeger/http":
		return jaeger.New(jaeger.WithCollectorEndpoint(jaeger.WithEndpoint(endpoint + "/api/traces")))
	case "jaeger/udp":
		at, err := url.Parse(endpoint)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", endpoint, err)
		}
		return jaeger.New(jaeger.WithAgentEndpoint(
			jaeger.WithAgentHost(at.Hostname()), jaeger.WithAgentPort(at.Port())))
	}
	return newExporter(protocol,
		func() (*otlptrace.Exporter, error) { return otlptracegrpc.New(ctx) },
		func() (*otlptrace.Exporter, error) { return otlptracehttp.New(ctx) })
}

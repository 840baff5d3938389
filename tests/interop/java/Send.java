import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.IdGenerator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Sends what is known with the OpenTelemetry SDK: Send known.json SERVICE TRACE_ID
 *
 * <p>Where to and how say the SDK's own variables: OTEL_EXPORTER_OTLP_ENDPOINT, ..._PROTOCOL,
 * ..._COMPRESSION, ..._CERTIFICATE and so on. Metrics and logs go too where OTEL_METRICS_EXPORTER and
 * OTEL_LOGS_EXPORTER are otlp.
 */
class Send {
    record KnownIds(String traceId, Iterator<String> spanIds) implements IdGenerator {
        @Override
        public String generateTraceId() {
            return traceId;
        }

        @Override
        public String generateSpanId() {
            return spanIds.next();
        }
    }

    final JsonObject trace;
    final String traceId;

    Send(JsonObject trace, String traceId) {
        this.trace = trace;
        this.traceId = traceId;
    }

    /** The member's elements; none where it is not there. */
    static Iterable<JsonElement> list(JsonObject object, String member) {
        return object.has(member) ? object.getAsJsonArray(member) : new JsonArray();
    }

    static String text(JsonObject object, String member, String otherwise) {
        return object.has(member) ? object.get(member).getAsString() : otherwise;
    }

    static long ns(JsonObject object, String member) {
        JsonArray time = object.getAsJsonArray(member);
        return TimeUnit.SECONDS.toNanos(time.get(0).getAsLong()) + time.get(1).getAsLong();
    }

    static <T> List<T> values(JsonElement array, Function<JsonElement, T> get) {
        List<T> out = new ArrayList<>();
        array.getAsJsonArray().forEach(value -> out.add(get.apply(value)));
        return out;
    }

    static Attributes attributes(JsonObject object, String member) {
        AttributesBuilder out = Attributes.builder();
        for (JsonElement one : list(object, member)) {
            String key = one.getAsJsonArray().get(0).getAsString();
            String kind = one.getAsJsonArray().get(1).getAsString();
            JsonElement value = one.getAsJsonArray().get(2);
            switch (kind) {
                case "string" -> out.put(key, value.getAsString());
                case "bool" -> out.put(key, value.getAsBoolean());
                case "int" -> out.put(key, value.getAsLong());
                case "double" -> out.put(key, value.getAsDouble());
                case "string[]" -> out.put(AttributeKey.stringArrayKey(key),
                        values(value, JsonElement::getAsString));
                case "bool[]" -> out.put(AttributeKey.booleanArrayKey(key),
                        values(value, JsonElement::getAsBoolean));
                case "int[]" -> out.put(AttributeKey.longArrayKey(key),
                        values(value, JsonElement::getAsLong));
                case "double[]" -> out.put(AttributeKey.doubleArrayKey(key),
                        values(value, JsonElement::getAsDouble));
                default -> throw new IllegalArgumentException(key + ": unknown type " + kind);
            }
        }
        return out.build();
    }

    SpanContext context(String spanId) {
        return SpanContext.create(traceId, spanId, TraceFlags.getSampled(),
                TraceState.getDefault());
    }

    SpanContext remoteContext(String spanId, String tracestate) {
        var state = TraceState.builder();
        String[] entries = tracestate.isEmpty() ? new String[0] : tracestate.split(",");
        for (int i = entries.length - 1; i >= 0; i--) { // what is put last comes first
            String[] entry = entries[i].split("=", 2);
            state.put(entry[0], entry[1]);
        }
        return SpanContext.createFromRemoteParent(traceId, spanId, TraceFlags.getSampled(),
                state.build());
    }

    void sendSpan(Tracer tracer, JsonObject one) {
        SpanBuilder builder = tracer.spanBuilder(one.get("name").getAsString())
                .setNoParent()
                .setSpanKind(SpanKind.valueOf(text(one, "kind", "").toUpperCase(Locale.ROOT)))
                .setStartTimestamp(ns(one, "start"), TimeUnit.NANOSECONDS)
                .setAllAttributes(attributes(one, "attributes"));
        SpanContext parent = null;
        if (one.has("parent")) {
            parent = context(text(one, "parent", ""));
        } else if (one.has("remote_parent")) {
            parent = remoteContext(text(one, "remote_parent", ""), text(one, "tracestate", ""));
        }
        if (parent != null) {
            builder.setParent(Context.root().with(Span.wrap(parent)));
        }
        for (JsonElement element : list(one, "links")) {
            JsonObject link = element.getAsJsonObject();
            builder.addLink(SpanContext.create(text(link, "trace", traceId), text(link, "id", ""),
                    TraceFlags.getSampled(), TraceState.getDefault()),
                    attributes(link, "attributes"));
        }
        Span span = builder.startSpan();
        for (JsonElement element : list(one, "events")) {
            JsonObject event = element.getAsJsonObject();
            span.addEvent(text(event, "name", ""), attributes(event, "attributes"),
                    ns(event, "time"), TimeUnit.NANOSECONDS);
        }
        if (one.has("status")) {
            JsonArray status = one.getAsJsonArray("status");
            span.setStatus(StatusCode.valueOf(status.get(0).getAsString().toUpperCase(Locale.ROOT)),
                    status.get(1).getAsString());
        }
        span.end(ns(one, "end"), TimeUnit.NANOSECONDS);
    }

    void send(String service) {
        var ids = values(trace.get("spans"), span -> text(span.getAsJsonObject(), "id", ""));
        var resource = Resource.create(attributes(trace, "resource").toBuilder()
                .put("service.name", service).build());
        var signals = new Signals(trace, this);
        OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addResourceCustomizer((automatic, config) -> automatic.merge(resource))
                .addTracerProviderCustomizer((provider, config) ->
                        provider.setIdGenerator(new KnownIds(traceId, ids.iterator())))
                .addMeterProviderCustomizer((provider, config) -> signals.addViews(provider))
                .build().getOpenTelemetrySdk();
        String scope = trace.getAsJsonArray("scope").get(0).getAsString();
        String version = trace.getAsJsonArray("scope").get(1).getAsString();
        Tracer tracer = sdk.tracerBuilder(scope).setInstrumentationVersion(version).build();
        for (JsonElement span : list(trace, "spans")) {
            sendSpan(tracer, span.getAsJsonObject());
        }
        signals.sendMetrics(sdk.getMeterProvider().meterBuilder(scope)
                .setInstrumentationVersion(version).build());
        signals.sendLogs(sdk.getLogsBridge().loggerBuilder(scope)
                .setInstrumentationVersion(version).build());
        sdk.shutdown().join(30, TimeUnit.SECONDS);
    }

    public static void main(String[] args) throws Exception {
        var trace = JsonParser.parseString(Files.readString(Path.of(args[0]))).getAsJsonObject();
        new Send(trace, args[2]).send(args[1]);
    }
}

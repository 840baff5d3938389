import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.metrics.DoubleHistogramBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.metrics.View;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The known metrics and logs (known.json) by the OpenTelemetry SDK. */
class Signals {
    static final String EXPONENTIAL = "exponential histogram";

    interface Write {
        void to(JsonElement value, Attributes attributes, Context context);
    }

    final JsonObject known;
    final Send send;

    Signals(JsonObject known, Send send) {
        this.known = known;
        this.send = send;
    }

    /** The context of the span that was going on. */
    Context within(JsonObject one) {
        return one.has("span")
                ? Context.root().with(Span.wrap(send.context(one.get("span").getAsString())))
                : Context.root();
    }

    SdkMeterProviderBuilder addViews(SdkMeterProviderBuilder provider) {
        for (JsonElement element : Send.list(known, "metrics")) {
            JsonObject metric = element.getAsJsonObject();
            if (Send.text(metric, "kind", "").equals(EXPONENTIAL)) {
                provider.registerView(
                        InstrumentSelector.builder().setName(Send.text(metric, "name", "")).build(),
                        View.builder()
                                .setAggregation(Aggregation.base2ExponentialBucketHistogram())
                                .build());
            }
        }
        return provider;
    }

    static DoubleHistogramBuilder histogram(Meter meter, String name, JsonObject metric) {
        DoubleHistogramBuilder builder = meter.histogramBuilder(name);
        if (metric.has("bounds")) {
            builder.setExplicitBucketBoundariesAdvice(
                    Send.values(metric.get("bounds"), JsonElement::getAsDouble));
        }
        return builder;
    }

    static Write instrument(Meter meter, JsonObject metric) {
        String name = Send.text(metric, "name", "");
        String unit = Send.text(metric, "unit", "");
        String about = Send.text(metric, "description", "");
        String kind = Send.text(metric, "kind", "");
        switch (kind + " of " + Send.text(metric, "type", "")) {
            case "counter of int": {
                var it = meter.counterBuilder(name).setUnit(unit).setDescription(about).build();
                return (number, tags, at) -> it.add(number.getAsLong(), tags, at);
            }
            case "counter of double": {
                var it = meter.counterBuilder(name).ofDoubles().setUnit(unit).setDescription(about)
                        .build();
                return (number, tags, at) -> it.add(number.getAsDouble(), tags, at);
            }
            case "up-down counter of int": {
                var it = meter.upDownCounterBuilder(name).setUnit(unit).setDescription(about)
                        .build();
                return (number, tags, at) -> it.add(number.getAsLong(), tags, at);
            }
            case "gauge of double": {
                var it = meter.gaugeBuilder(name).setUnit(unit).setDescription(about).build();
                return (number, tags, at) -> it.set(number.getAsDouble(), tags, at);
            }
            case "histogram of double", EXPONENTIAL + " of double": {
                var it = histogram(meter, name, metric).setUnit(unit).setDescription(about).build();
                return (number, tags, at) -> it.record(number.getAsDouble(), tags, at);
            }
            default:
                throw new IllegalArgumentException(name + ": unknown kind " + kind);
        }
    }

    void sendMetrics(Meter meter) {
        for (JsonElement element : Send.list(known, "metrics")) {
            JsonObject metric = element.getAsJsonObject();
            Write write = instrument(meter, metric);
            for (JsonElement record : Send.list(metric, "records")) {
                JsonObject one = record.getAsJsonObject();
                write.to(one.get("value"), Send.attributes(one, "attributes"), within(one));
            }
        }
    }

    static Value<?> value(JsonArray typed) {
        JsonElement value = typed.get(1);
        switch (typed.get(0).getAsString()) {
            case "string":
                return Value.of(value.getAsString());
            case "bool":
                return Value.of(value.getAsBoolean());
            case "int":
                return Value.of(value.getAsLong());
            case "string[]": {
                List<Value<?>> list = Send.values(value, one -> Value.of(one.getAsString()));
                return Value.of(list);
            }
            default:
                throw new IllegalArgumentException(typed.toString());
        }
    }

    void sendLogs(Logger logger) {
        for (JsonElement element : Send.list(known, "logs")) {
            JsonObject one = element.getAsJsonObject();
            JsonArray severity = one.getAsJsonArray("severity");
            LogRecordBuilder builder = logger.logRecordBuilder()
                    .setTimestamp(Send.ns(one, "time"), TimeUnit.NANOSECONDS)
                    .setSeverity(Severity.values()[severity.get(0).getAsInt()])
                    .setSeverityText(severity.get(1).getAsString())
                    .setBody(value(one.getAsJsonArray("body")))
                    .setAllAttributes(Send.attributes(one, "attributes"))
                    .setContext(within(one));
            if (one.has("event")) {
                builder.setEventName(one.get("event").getAsString());
            }
            builder.emit();
        }
    }
}

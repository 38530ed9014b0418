// app.js - a shop on Node whose requests are measured by OpenTelemetry's own SDK and instrumentation: metrics, traces and
// logs go to ENDPOINT each second, in protobuf or JSON. It is driven by its own clock: a line {"errors":S,"slow":S,
// "rate":N} on stdin says which shares fail and are slow, and how many requests a second there are; each line on stdout is
// {"requests":N,"failed":N,"logged":N}, what has been done until then.
// Usage: node app.js MODULES ENDPOINT TOKEN proto|http metrics,traces,logs
"use strict";
const [modules, endpoint, token, encoding, kinds] = process.argv.slice(2);
const load = (name) => require(`${modules}/@opentelemetry/${name}`);

const headers = { authorization: `Bearer ${token}` };
const exporter = (kind, name) =>
  new (load(`exporter-${kind}-otlp-${encoding}`)[name])({ url: `${endpoint}/v1/${kind === "trace" ? "traces" : kind}`, headers });
const options = { serviceName: "shop" };
if (kinds.includes("metrics")) {
  const { PeriodicExportingMetricReader } = load("sdk-metrics");
  options.metricReaders = [new PeriodicExportingMetricReader({
    exporter: exporter("metrics", "OTLPMetricExporter"), exportIntervalMillis: 1000, exportTimeoutMillis: 900,
  })];
}
options.spanProcessors = kinds.includes("traces")
  ? [new (load("sdk-trace-base").BatchSpanProcessor)(exporter("trace", "OTLPTraceExporter"), { scheduledDelayMillis: 500 })]
  : [];
options.logRecordProcessors = kinds.includes("logs")
  ? [new (load("sdk-logs").BatchLogRecordProcessor)({ exporter: exporter("logs", "OTLPLogExporter"), scheduledDelayMillis: 500 })]
  : [];
options.instrumentations = [new (load("instrumentation-http").HttpInstrumentation)()];
const sdk = new (load("sdk-node").NodeSDK)(options);
sdk.start();

const http = require("http");
const logger = load("api-logs").logs.getLogger("shop");
const done = { requests: 0, failed: 0, logged: 0 };
let wish = { errors: 0, slow: 0, rate: 20 };
let number = 0;

const server = http.createServer((request, response) => {
  number += 1;
  const fails = (number % 100) < wish.errors * 100;
  const waits = (number % 100) < wish.slow * 100 ? 1500 : 1;
  setTimeout(() => {
    done.requests += 1;
    if (fails) {
      done.failed += 1;
      done.logged += 1;
      logger.emit({ severityNumber: 17, severityText: "ERROR", body: `payment ${number} was refused` });
    } else {
      logger.emit({ severityNumber: 9, severityText: "INFO", body: `sold ${number}` });
    }
    response.statusCode = fails ? 500 : 200;
    response.end();
  }, waits);
});
server.listen(0, "127.0.0.1", () => {
  const agent = new http.Agent({ keepAlive: true });
  const ask = () => {
    http.get({ port: server.address().port, agent, path: "/buy" }, (answer) => answer.resume()).on("error", () => {});
    setTimeout(ask, 1000 / wish.rate);
  };
  ask();
});
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  if (line) wish = { ...wish, ...JSON.parse(line) };
  process.stdout.write(`${JSON.stringify(done)}\n`);
}).on("close", () => process.exit(0));

#!/usr/bin/python3
"""Pushed telemetry beside Google's implementation of Protocol Buffers: it writes random messages, our decoders say
what is in them, and that must be what was put in. Of OTLP its JSON, too, must mean the same as its bytes.

The messages are declared here, from the protocols' documents. Usage: test_pushed.py PUSHED_ANSWERS
"""
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

try:
    from google.protobuf import descriptor_pb2, json_format, message_factory
except ImportError:
    print('TAP version 13\n1..1\nok 1 - pushed telemetry # SKIP python3-protobuf is not installed')
    sys.exit(0)

ROUNDS = 150
SEED = 20261129
KINDS = ['UNKNOWN', 'CUMULATIVE', 'GAUGE', 'CUMULATIVE', 'GAUGE', None, 'GAUGE', 'GAUGE']

# MESSAGE: fields "[repeated ]TYPE NAME NUMBER"; "!" behind it: of the oneof "value"; "?": optional.
SCHEMA = '''
Label: string name 1, string value 2
Sample1: double value 1, int64 timestamp 2
Series1: repeated Label labels 1, repeated Sample1 samples 2, repeated Label exemplars 3
WriteRequest: repeated Series1 timeseries 1
Sample2: double value 1, int64 timestamp 2, int64 start_timestamp 3
Metadata2: uint32 type 1, uint32 help_ref 3, uint32 unit_ref 4
Series2: repeated uint32 labels_refs 1, repeated Sample2 samples 2, Metadata2 metadata 5, int64 created_timestamp 6
Request2: repeated string symbols 4, repeated Series2 timeseries 5
ArrayValue: repeated AnyValue values 1
KeyValueList: repeated KeyValue values 1
AnyValue: string string_value 1!, bool bool_value 2!, int64 int_value 3!, double double_value 4!, ArrayValue array_value 5!, KeyValueList kvlist_value 6!, bytes bytes_value 7!
KeyValue: string key 1, AnyValue value 2
Resource: repeated KeyValue attributes 1
Scope: string name 1, string version 2
Point: repeated KeyValue attributes 7, fixed64 start_time_unix_nano 2, fixed64 time_unix_nano 3, double as_double 4!, sfixed64 as_int 6!, uint32 flags 8
HistogramPoint: repeated KeyValue attributes 9, fixed64 start_time_unix_nano 2, fixed64 time_unix_nano 3, fixed64 count 4, double sum 5?, repeated fixed64 bucket_counts 6, repeated double explicit_bounds 7, uint32 flags 10
Buckets: sint32 offset 1, repeated uint64 bucket_counts 2
ExponentialPoint: repeated KeyValue attributes 1, fixed64 start_time_unix_nano 2, fixed64 time_unix_nano 3, fixed64 count 4, double sum 5?, sint32 scale 6, fixed64 zero_count 7, Buckets positive 8, Buckets negative 9, uint32 flags 10, double zero_threshold 14
Gauge: repeated Point data_points 1
Sum: repeated Point data_points 1, int32 aggregation_temporality 2, bool is_monotonic 3
Histogram: repeated HistogramPoint data_points 1, int32 aggregation_temporality 2
Exponential: repeated ExponentialPoint data_points 1, int32 aggregation_temporality 2
Metric: string name 1, string description 2, string unit 3, Gauge gauge 5!, Sum sum 7!, Histogram histogram 9!, Exponential exponential_histogram 10!
ScopeMetrics: Scope scope 1, repeated Metric metrics 2, string schema_url 3
ResourceMetrics: Resource resource 1, repeated ScopeMetrics scope_metrics 2
MetricsRequest: repeated ResourceMetrics resource_metrics 1
LogRecord: fixed64 time_unix_nano 1, fixed64 observed_time_unix_nano 11, int32 severity_number 2, string severity_text 3, AnyValue body 5, repeated KeyValue attributes 6, string event_name 12
ScopeLogs: Scope scope 1, repeated LogRecord log_records 2
ResourceLogs: Resource resource 1, repeated ScopeLogs scope_logs 2
LogsRequest: repeated ResourceLogs resource_logs 1
'''


def add_field(message, text):
    """One field of SCHEMA in the descriptor."""
    field = message.field.add()
    *repeated, kind, name, number = text.split()
    field.name = name
    field.number = int(number.rstrip('!?'))
    field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
    scalar = getattr(descriptor_pb2.FieldDescriptorProto, 'TYPE_' + kind.upper(), None)
    if scalar:
        field.type = scalar
    else:
        field.type, field.type_name = field.TYPE_MESSAGE, '.t.' + kind
    if number.endswith('!'):
        if not message.oneof_decl:
            message.oneof_decl.add().name = 'which'
        field.oneof_index = 0
    if number.endswith('?'):
        field.proto3_optional = True
        field.oneof_index = len(message.oneof_decl)
        message.oneof_decl.add().name = '_' + name


def declare():
    """The classes of SCHEMA by name."""
    file = descriptor_pb2.FileDescriptorProto(name='t.proto', package='t', syntax='proto3')
    for line in SCHEMA.strip().splitlines():
        name, fields = line.split(': ')
        message = file.message_type.add(name=name)
        for field in fields.split(', '):
            add_field(message, field)
    return message_factory.GetMessages([file])


TYPES = declare()


def new(name, **values):
    return TYPES['t.' + name](**values)


class Maker:
    """Random messages, and what they mean."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def word(self):
        return ''.join(self.random.choice('abcdefgh') for _ in range(self.random.randint(1, 8)))

    def text(self):
        return ''.join(self.random.choice('ab "\\{}=,\n\u00fc\u20ac\U0001f600') for _ in range(self.random.randint(1, 40)))

    def real(self):
        bits = struct.unpack('<d', self.random.randbytes(8))[0]
        return self.random.choice([0.0, 1.0, -2.5, 1e300, math.inf, -math.inf, math.nan, bits, 12345678.0])

    def whole(self):
        return self.random.choice([0, 1, -1, 2**63 - 1, -2**63, self.random.randint(-1000, 1000)])

    def labels(self):
        return {self.word() + str(i): self.text() for i in range(self.random.randint(0, 12))}

    def nano(self):
        return self.random.randint(0, 2**62)

    def remote_write_1(self):
        request, want = new('WriteRequest'), []
        for _ in range(self.random.randint(0, 5)):
            labels, name = self.labels(), self.word()
            series = request.timeseries.add()
            for key, value in sorted({**labels, '__name__': name}.items()):
                series.labels.add(name=key, value=value)
            for _ in range(self.random.randint(0, 4)):
                value, at = self.real(), self.random.randint(0, 2**43)
                series.samples.add(value=value, timestamp=at)
                want.append((name, labels, value, 'unknown', at * 1000, 0))
            series.exemplars.add(name='x')
        return request, want

    def remote_write_2(self):
        request, want = new('Request2', symbols=['', '__name__']), []

        def symbol(text):
            if text not in request.symbols:
                request.symbols.append(text)
            return list(request.symbols).index(text)
        for _ in range(self.random.randint(0, 5)):
            labels, name, kind = self.labels(), self.word(), self.random.randint(0, 7)
            created = self.random.choice([0, 5])
            series = request.timeseries.add(created_timestamp=created)
            series.metadata.type = kind
            for key, value in sorted({**labels, '__name__': name}.items()):
                series.labels_refs.extend([symbol(key), symbol(value)])
            says = (KINDS[kind] or 'GAUGE').lower()
            for _ in range(self.random.randint(0, 4)):
                value, at, start = self.real(), self.random.randint(0, 2**43), self.random.choice([0, 7])
                series.samples.add(value=value, timestamp=at, start_timestamp=start)
                want.append((name, labels, value, says, at * 1000, (start or created) * 1000))
        return request, want

    def value(self, depth=0):
        """An AnyValue, and its text."""
        kind = self.random.randint(0, 4 if depth else 6)
        if kind == 0:
            text = self.text()
            return new('AnyValue', string_value=text), text
        if kind == 1:
            return new('AnyValue', bool_value=True), True
        if kind == 2:
            whole = self.whole()
            return new('AnyValue', int_value=whole), whole
        if kind == 3:
            real = self.random.choice([0.5, -1.25, 1e30])
            return new('AnyValue', double_value=real), real
        if kind == 4:
            return new('AnyValue', bytes_value=b'ab'), 'YWI='
        if kind == 5:
            items = [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
            return new('AnyValue', array_value=new('ArrayValue', values=[i[0] for i in items])), [i[1] for i in items]
        pairs = {self.word(): self.value(depth + 1) for _ in range(self.random.randint(0, 3))}
        values = [new('KeyValue', key=key, value=value[0]) for key, value in pairs.items()]
        return new('AnyValue', kvlist_value=new('KeyValueList', values=values)), {k: v[1] for k, v in pairs.items()}

    def attributes(self, to):
        """Adds some; gives what they mean: texts as they are, lists and maps as what JSON says."""
        meant = {}
        for i in range(self.random.randint(0, 6)):
            value, means = self.value()
            to.add(key=self.word() + str(i)).value.CopyFrom(value)
            meant[to[-1].key] = means
        return meant

    def point(self, points, **values):
        at, start = self.nano(), self.nano()
        point = points.add(time_unix_nano=at, start_time_unix_nano=start, **values)
        return point, self.attributes(point.attributes), at // 1000, start // 1000

    def numbers(self, metric, want, base):
        kind = self.random.choice(['gauge', 'cumulative', 'delta'])
        points = metric.gauge.data_points if kind == 'gauge' else metric.sum.data_points
        if kind != 'gauge':
            metric.sum.is_monotonic = True
            metric.sum.aggregation_temporality = 2 if kind == 'cumulative' else 1
        for _ in range(self.random.randint(1, 3)):
            value = self.random.choice([abs(self.whole()), abs(self.real())])
            number = {'as_int': value} if isinstance(value, int) and value < 2**63 else {'as_double': value}
            _, labels, at, start = self.point(points, **number)
            name = metric.name + ('' if kind == 'gauge' else '_total')
            want.append((name, {**base, **labels}, float(value), kind, at, start))

    def histogram(self, metric, want, base):
        metric.histogram.aggregation_temporality = 2
        bounds = sorted({float(self.random.randint(-50, 50)) for _ in range(self.random.randint(0, 20))})
        counts = [self.random.randint(0, 1000) for _ in range(len(bounds) + 1)]
        _, labels, at, start = self.point(metric.histogram.data_points, count=sum(counts), sum=1.5,
                                          bucket_counts=counts, explicit_bounds=bounds)
        labels = {**base, **labels}
        for i, bound in enumerate(bounds + [math.inf]):
            text = '+Inf' if math.isinf(bound) else str(int(bound))
            want.append((metric.name + '_bucket', {**labels, 'le': text}, sum(counts[:i + 1]), 'cumulative', at, start))
        want.append((metric.name + '_sum', labels, 1.5, 'cumulative', at, start))
        want.append((metric.name + '_count', labels, sum(counts), 'cumulative', at, start))

    def exponential(self, metric, want, base):
        """Scales of at most 2 and few buckets stay as they are."""
        metric.exponential_histogram.aggregation_temporality = 1
        scale, offset = self.random.randint(-2, 2), self.random.randint(-20, 20)
        counts = [self.random.randint(1, 9) for _ in range(self.random.randint(1, 20))]
        point, labels, at, start = self.point(metric.exponential_histogram.data_points, count=sum(counts) + 3,
                                              scale=scale, zero_count=3)
        point.positive.offset = offset
        point.positive.bucket_counts.extend(counts)
        labels = {**base, **labels}
        for i in range(len(counts) + 1):
            bound = 2.0 ** ((offset + i) * 2.0 ** -scale)
            want.append((metric.name + '_bucket', {**labels, 'le': bound}, 3 + sum(counts[:i]), 'delta', at, start))
        want.append((metric.name + '_bucket', {**labels, 'le': '+Inf'}, 3 + sum(counts), 'delta', at, start))
        want.append((metric.name + '_count', labels, 3 + sum(counts), 'delta', at, start))

    def metrics(self):
        request, want = new('MetricsRequest'), []
        for _ in range(self.random.randint(0, 2)):
            resource, service = request.resource_metrics.add(), self.word()
            resource.resource.attributes.add(key='service.name').value.string_value = service
            scope = resource.scope_metrics.add()
            scope.scope.name = self.word()
            base = {'job': service, 'otel_scope_name': scope.scope.name}
            for _ in range(self.random.randint(0, 4)):
                metric = scope.metrics.add(name=self.word(), description='read over')
                self.random.choice([self.numbers, self.histogram, self.exponential])(metric, want, base)
        return request, want

    def logs(self):
        request, want = new('LogsRequest'), []
        scope = request.resource_logs.add().scope_logs.add()
        for _ in range(self.random.randint(1, 5)):
            body, means = self.value()
            at, severity = self.nano(), self.random.randint(0, 24)
            record = scope.log_records.add(time_unix_nano=at, severity_number=severity, severity_text=self.word())
            record.body.CopyFrom(body)
            want.append((at // 1000, severity, record.severity_text, means, self.attributes(record.attributes)))
        return request, want


def same_value(got, means):
    """Is the text what the value means?"""
    if isinstance(means, str):
        return got == means
    if isinstance(means, bool):
        return got == str(means).lower()
    if isinstance(means, (int, float)):
        return float(got) == float(means)
    return json.loads(got) == means


QUOTED = r'"(?:[^"\\]|\\.)*"'
SAMPLE = re.compile(rf'(\w+)\{{((?:\w+={QUOTED},?)*)\}} (\S+) (\w+) (-?\d+) (-?\d+)$')
RECORD = re.compile(rf'(\d+) (\d+)(?: text=({QUOTED}))?(?: body=({QUOTED}))?((?: {QUOTED}:{QUOTED})*)$')


def check_sample(line, want):
    name, labels, value, kind, at, start = SAMPLE.match(line).groups()
    labels = {k: json.loads(v) for k, v in re.findall(rf'(\w+)=({QUOTED})', labels)}
    meant = {k: v for k, v in want[1].items() if v != ''}
    assert (name, kind, int(at), int(start)) == (want[0], *want[3:]), (line, want)
    assert float(value) == want[2] or (math.isnan(want[2]) and value in ('NaN', 'stale')), (line, want)
    assert labels.keys() == meant.keys(), (line, want)
    for key, means in meant.items():
        near = key == 'le' and isinstance(means, float)
        assert math.isclose(float(labels[key]), means, rel_tol=1e-14) if near else same_value(labels[key], means), (line, want)


def check_record(line, want):
    at, severity, text, body, attributes = RECORD.match(line).groups()
    assert (int(at), int(severity), json.loads(text)) == want[:3], (line, want)
    assert same_value(json.loads(body or '""'), want[3]), (line, want)
    pairs = {json.loads(k): json.loads(v) for k, v in re.findall(rf' ({QUOTED}):({QUOTED})', attributes)}
    assert pairs.keys() == want[4].keys(), (line, want)
    for key, means in want[4].items():
        assert same_value(pairs[key], means), (line, want)


def answers(program, kind, bodies):
    """The lines for each body, without that of the count."""
    with tempfile.TemporaryDirectory(prefix='reeve-pushed-') as folder:
        paths = [f'{folder}/{i}' for i in range(len(bodies))]
        for path, body in zip(paths, bodies):
            with open(path, 'wb') as file:
                file.write(body)
        said = subprocess.run([program, kind, *paths], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [part.splitlines()[1:] for part in re.split(r'^== ', said, flags=re.M)[1:]]


def check(program, kind, make, check_line):
    """Every round's lines are what was put in."""
    made = [make(Maker(SEED + i)) for i in range(ROUNDS)]
    bodies = {kind: [message.SerializeToString() for message, _ in made]}
    if not kind.startswith('remote'):
        bodies[kind + '-json'] = [json_format.MessageToJson(message).encode() for message, _ in made]
    lines = 0
    for form, each in bodies.items():
        for got, (_, want) in zip(answers(program, form, each), made):
            assert len(got) == len(want) + 1 and ('rejected 0' in got[-1]), (got, want)
            for line, wanted in zip(got, want):
                check_line(line, wanted)
            lines += len(want)
    assert lines > ROUNDS, 'hardly anything was compared'
    return lines


def main():
    program = os.path.abspath(sys.argv[1])
    cases = [('remote-write-1', Maker.remote_write_1, check_sample), ('remote-write-2', Maker.remote_write_2, check_sample),
             ('metrics', Maker.metrics, check_sample), ('logs', Maker.logs, check_record)]
    print(f'TAP version 13\n1..{len(cases)}')
    failed = 0
    for number, (kind, make, check_line) in enumerate(cases, 1):
        try:
            print(f'ok {number} - {kind} # {check(program, kind, make, check_line)} lines')
        except AssertionError as error:
            failed += 1
            print(f'not ok {number} - {kind}\n# {error}')
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())

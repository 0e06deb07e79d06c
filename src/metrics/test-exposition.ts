// Prometheus' text format, read for tests, and what promtool would say of it.

export interface Sample {
  name: string;
  labels: string;
  value: number;
}

/** Throws Error at a line that is none. */
export function parseExposition(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return [];
    const [, name = '', labels = '', value] =
      /^([a-zA-Z_:][\w:]*)(\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(line) ?? [];
    if (value === undefined || (Number.isNaN(Number(value)) && value !== '+Inf')) throw new Error(`no sample: ${line}`);
    return [{ name, labels, value: Number(value) }];
  });
}

const other_units = /_(ms|us|milliseconds|microseconds|minutes|kb|mb|kbps|bits|percent)(?=_|$)/;

/** What is not as the conventions have it, a sentence each. */
export function lintExposition(text: string): string[] {
  const help = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, words]) => [name, words ?? '']));
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  const samples = parseExposition(text);
  const baseOf = (name: string) => {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    return types.get(base) === 'histogram' ? base : name;
  };
  const seen = new Set<string>();
  const twice = samples.flatMap(({ name, labels }) => {
    const key = name + labels;
    if (seen.has(key)) return [`${key}: is there twice`];
    seen.add(key);
    return [];
  });
  return [...new Set(samples.map(({ name }) => baseOf(name)))]
    .flatMap((name) => {
      const type = types.get(name);
      if (type === undefined) return [`${name}: has no type`];
      return [
        ...(/^[^.]+[^.]*\.$/.test(help.get(name) ?? '') ? [] : [`${name}: its help is no sentence`]),
        ...((type === 'counter') === name.endsWith('_total') ? [] : [`${name}: a counter ends in _total`]),
        ...(other_units.test(name) ? [`${name}: ${other_units.exec(name)?.[1]} is no base unit`] : []),
        ...(type === 'histogram' ? lintHistogram(name, samples) : []),
      ];
    })
    .concat(twice);
}

function lintHistogram(name: string, samples: readonly Sample[]): string[] {
  const without = (labels: string) =>
    labels
      .replace(/,?le="[^"]*"/, '')
      .replace('{}', '')
      .replace('{,', '{');
  const buckets = Map.groupBy(
    samples.filter((sample) => sample.name === `${name}_bucket`),
    ({ labels }) => without(labels),
  );
  return [...buckets].flatMap(([labels, series]) => {
    const edges = series.map((bucket) => {
      const le = /le="([^"]*)"/.exec(bucket.labels)?.[1];
      return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    });
    const grows = (values: readonly number[]) =>
      values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
    const all = samples.find((sample) => sample.name === `${name}_count` && sample.labels === labels)?.value;
    const has_sum = samples.some((sample) => sample.name === `${name}_sum` && sample.labels === labels);
    return [
      ...(grows(edges) && edges.at(-1) === Number.POSITIVE_INFINITY ? [] : [`${name}${labels}: edges up to +Inf`]),
      ...(grows(series.map(({ value }) => value)) ? [] : [`${name}${labels}: buckets add up`]),
      ...(has_sum && all === series.at(-1)?.value ? [] : [`${name}${labels}: its sum and count`]),
    ];
  });
}

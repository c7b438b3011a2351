// The option of the big graph: bars for a few buckets, stacked areas for many, the gap hatched, the provisional washed
// out, a new method as a dashed line, the usual band behind, holidays as pale days, and under it the strip of coverage on the
// same time axis. Where a stretch is drawn in narrower buckets, the slider still shows the whole range.
import { THIN, type Model } from '../series/model';
import { meanBetween } from '../series/smooth';
import type { Look } from './look';
import type { Option } from './echarts';

export interface Words {
  track(id: string): string;
  axis(wall: number): string;
  value(value: number): string;
  newMethod: string;
  mean: string;
  tip(row: number, wall: number): string;
}
export interface Level { at: number; usual: number | null; low: number | null; high: number | null }
export interface Shown {
  from: number; to: number; low: number; high: number; compact: boolean;
  whole?: Model | null; band?: Level[]; holidays?: number[];
}

const FEW = 80; // buckets that still make readable bars
const SMOOTH_FROM = 200; // daily buckets from which the weekly rhythm hides the years

type Pair = [number, number | null];

/** Local clock positions of the bars' middles, so that a bar stands on the time it counts. */
const pairs = (model: Model, values: (number | null)[], shift: number): Pair[] =>
  values.map((value, i) => [(model.wall[i] ?? 0) + shift, value]);

/** Not gaps: somebody watched, and the figure is kept back. */
const PALE = new Set<string>(['held', 'suppressed', 'wider', 'closed']);

function areas(model: Model, look: Look): unknown[] {
  return model.spans.filter((span) => span.kind !== 'thin').map((span) => [
    { xAxis: span.from, itemStyle: PALE.has(span.kind) ? { color: look.line, opacity: 0.45 } : { color: look.hatch, opacity: 0.9 } },
    { xAxis: span.to },
  ]);
}

/** Low coverage is hatched over the figure itself. */
const thins = (model: Model, look: Look): unknown[] =>
  model.spans.filter((span) => span.kind === 'thin').map((span) => [{ xAxis: span.from, itemStyle: { color: look.hatch, opacity: 0.7 } }, { xAxis: span.to }]);

/** Stretches of provisional buckets. */
export function washed(model: Model): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const [i, at] of model.wall.entries()) {
    if (!model.provisional[i] || model.total[i] === null) continue;
    const to = at + model.bucket;
    const last = found.at(-1);
    if (last && last.to === at) last.to = to;
    else found.push({ from: at, to });
  }
  return found;
}

function mainSeries(model: Model, look: Look, words: Words): Record<string, unknown>[] {
  const beside = model.tracks.length > 1 && !model.adds; // a mean and its percentiles: lines, the mean the widest
  const bars = model.wall.length <= FEW && !beside;
  const shift = model.wall.length <= FEW ? model.bucket / 2 : 0;
  const smooth = model.tier === 'day' && model.wall.length >= SMOOTH_FROM;
  const stacked = model.tracks.length > 1 && model.adds;
  const series: Record<string, unknown>[] = model.tracks.map((track, i) => {
    const colour = look.series[i % look.series.length];
    const shape = bars
      ? { type: 'bar', barCategoryGap: '20%', barMaxWidth: 28, itemStyle: { color: colour } }
      : {
          type: 'line', showSymbol: beside && model.wall.length <= FEW, symbolSize: 5, connectNulls: false, sampling: false,
          lineStyle: { width: stacked ? 0.5 : smooth ? 1 : 1.5, color: colour, opacity: smooth && !stacked ? 0.45 : 1 },
          ...(beside ? {} : { areaStyle: { color: colour, opacity: stacked ? 0.75 : smooth ? 0.08 : 0.16 } }),
          itemStyle: { color: colour },
        };
    return {
      ...shape, name: words.track(track.id), data: pairs(model, track.values, shift), animation: false,
      ...(stacked ? { stack: 'all' } : {}), emphasis: { disabled: true },
    };
  });
  if (smooth) {
    const full = model.total.map((value, i) => ((model.coverage[i] ?? 0) < THIN ? null : value));
    const cuts = model.breaks.map((b) => model.wall.findIndex((at) => at >= b.at));
    series.push({
      type: 'line', name: words.mean, showSymbol: false, connectNulls: false, animation: false, z: 5,
      lineStyle: { width: 2.2, color: stacked ? look.ink : look.series[0] }, itemStyle: { color: look.ink },
      data: pairs(model, meanBetween(full, 28, cuts), 0), emphasis: { disabled: true },
    });
  }
  // A carrier of marks: it has no line of its own.
  series.push({
    type: 'line', data: [], silent: true, animation: false, z: 1,
    markArea: { silent: true, animation: false, data: areas(model, look) },
    markLine: {
      silent: true, symbol: 'none', animation: false,
      lineStyle: { color: look.strong, type: 'dashed', width: 1 },
      label: { formatter: words.newMethod, color: look.quiet, fontSize: 11, position: 'end', distance: 4 },
      data: model.breaks.map((b) => ({ xAxis: b.at })),
    },
  });
  series.push({
    type: 'line', data: [], silent: true, animation: false, z: 8,
    markArea: {
      silent: true, animation: false, z: 8, itemStyle: { color: look.surface, opacity: 0.55 },
      data: [...washed(model).map((span) => [{ xAxis: span.from }, { xAxis: span.to }]), ...thins(model, look)],
    },
  });
  return series;
}

const strip = (model: Model, look: Look): Record<string, unknown> => ({
  type: 'line', xAxisIndex: 1, yAxisIndex: 1, data: [], silent: true, animation: false,
  markArea: {
    silent: true, animation: false,
    data: model.strip.map((s) => [
      { xAxis: s.from, yAxis: 0, itemStyle: { color: look.cover[s.level] } },
      { xAxis: s.to, yAxis: 1 },
    ]),
  },
});

/** Where nine of ten hours lie, and the usual level; behind the figures. A level holds for its hour, so it stands in its middle. */
function usual(band: Level[], shift: number, look: Look): Record<string, unknown>[] {
  const line = { type: 'line', symbol: 'none', silent: true, animation: false, connectNulls: false, emphasis: { disabled: true }, tooltip: { show: false }, z: 0 };
  const at = (pick: (one: Level) => number | null): Pair[] => band.map((one) => [one.at + shift, pick(one)]);
  return [
    { ...line, stack: 'usual', lineStyle: { opacity: 0 }, data: at((one) => one.low) },
    { ...line, stack: 'usual', lineStyle: { opacity: 0 }, areaStyle: { color: look.quiet, opacity: 0.2 }, data: at((one) => (one.low === null || one.high === null ? null : one.high - one.low)) },
    { ...line, lineStyle: { color: look.quiet, width: 1.2, type: 'dashed' }, z: 4, data: at((one) => one.usual) },
  ];
}

/** Holidays as pale days with a line of the brand's colour at the top. */
const feasts = (days: number[], look: Look): Record<string, unknown> => ({
  type: 'line', data: [], silent: true, animation: false, z: 0,
  markArea: { silent: true, animation: false, itemStyle: { color: look.brand, opacity: 0.12 }, data: days.map((at) => [{ xAxis: at }, { xAxis: at + 86_400_000 }]) },
});

/** The whole range, drawn by the slider only. */
const behind = (whole: Model): Record<string, unknown> => ({
  type: 'line', xAxisIndex: 0, yAxisIndex: 2, symbol: 'none', silent: true, animation: false, lineStyle: { opacity: 0 }, tooltip: { show: false }, data: pairs(whole, whole.total, 0),
});

export function historyOption(model: Model, look: Look, words: Words, shown: Shown): Option {
  const whole = shown.whole ?? null;
  const slider = !shown.compact && (whole ?? model).wall.length > FEW;
  const shift = model.wall.length <= FEW ? model.bucket / 2 : 0;
  const first = mainSeries(model, look, words);
  const offset = whole ? 1 : 0; // the tracks come first, behind them the one that the slider shows
  const left = 48, right = 12;
  const foot = slider ? 40 : 4;
  const time = { type: 'time', min: shown.from, max: shown.to, axisLine: { lineStyle: { color: look.strong } } };
  return {
    useUTC: true,
    textStyle: { fontFamily: look.font },
    grid: [
      { left, right, top: model.breaks.length ? 24 : 16, bottom: foot + 44 },
      { left, right, height: 8, bottom: foot + 4 },
    ],
    xAxis: [
      {
        ...time, gridIndex: 0, splitLine: { show: false }, axisTick: { lineStyle: { color: look.strong } },
        axisLabel: { color: look.quiet, fontSize: 12, hideOverlap: true, formatter: words.axis },
      },
      { ...time, gridIndex: 1, show: false },
    ],
    yAxis: [
      {
        type: 'value', gridIndex: 0, min: 0, splitNumber: 4, minInterval: model.adds ? 1 : 0,
        splitLine: { lineStyle: { color: look.line } },
        axisLabel: { color: look.quiet, fontSize: 12, formatter: words.value },
      },
      { type: 'value', gridIndex: 1, min: 0, max: 1, show: false },
      { type: 'value', gridIndex: 0, min: 0, show: false },
    ],
    tooltip: {
      trigger: 'axis', confine: true, appendTo: 'body', backgroundColor: look.surface, borderColor: look.line, padding: [8, 12],
      textStyle: { color: look.ink, fontSize: 13 }, axisPointer: { type: 'line', lineStyle: { color: look.quiet } },
      formatter: (points: { dataIndex: number; seriesIndex: number; value: Pair }[]) => {
        const point = points.find((one) => one.seriesIndex >= offset && one.seriesIndex < offset + model.tracks.length);
        return point ? words.tip(point.dataIndex, point.value[0]) : '';
      },
    },
    toolbox: { show: true, itemSize: 0, top: -50, feature: { dataZoom: { yAxisIndex: 'none', brushStyle: { color: look.brand, opacity: 0.15 } } } },
    dataZoom: [
      {
        type: 'inside', xAxisIndex: [0, 1], startValue: shown.low, endValue: shown.high, filterMode: 'none',
        zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false, moveOnMouseWheel: false, preventDefaultMouseMove: false,
      },
      ...(slider
        ? [{
            type: 'slider', xAxisIndex: [0, 1], startValue: shown.low, endValue: shown.high, filterMode: 'none',
            height: 24, bottom: 4, left, right, showDetail: false, brushSelect: false, borderColor: look.line,
            fillerColor: 'transparent', backgroundColor: 'transparent',
            dataBackground: { lineStyle: { color: look.strong, opacity: 0.5 }, areaStyle: { color: look.line, opacity: 0.6 } },
            selectedDataBackground: { lineStyle: { color: look.brand }, areaStyle: { color: look.brand, opacity: 0.2 } },
            handleStyle: { color: look.surface, borderColor: look.strong }, moveHandleSize: 0,
          }]
        : []),
    ],
    series: [
      ...(whole ? [behind(whole)] : []), ...first, strip(model, look),
      ...(shown.band?.length ? usual(shown.band, shift, look) : []), ...(shown.holidays?.length ? [feasts(shown.holidays, look)] : []),
    ],
  };
}

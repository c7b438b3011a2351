// Several places on one axis: a line each, broken at gaps and at changes of method, with its place's marks and no others.
// A dash pattern beside the colour, so that a copy without colour can be read.
import type { Model } from '../series/model';
import type { Option } from './echarts';
import type { Look } from './look';

export interface CompareWords { axis(wall: number): string; value(value: number): string; tip(wall: number): string }

const DASHES = ['solid', [6, 3], [2, 3], [10, 3, 2, 3]];

type Pair = [number, number | null];

/** A line is broken where the method changed: the two sides are not one series. */
function pairs(model: Model): Pair[] {
  const cuts = new Set(model.breaks.map((one) => model.wall.findIndex((at) => at >= one.at)));
  return model.wall.flatMap((at, row): Pair[] => {
    const here: Pair = [at, model.total[row] ?? null];
    return cuts.has(row) ? [[at - 1, null], here] : [here];
  });
}

export function compareOption(models: Model[], names: string[], look: Look, words: CompareWords): Option {
  const walls = models.flatMap((model) => model.wall);
  return {
    useUTC: true, animation: false,
    textStyle: { fontFamily: look.font },
    grid: { left: 48, right: 12, top: 16, bottom: 28 },
    xAxis: {
      type: 'time', min: Math.min(...walls), max: Math.max(...walls) + (models[0]?.bucket ?? 0), splitLine: { show: false },
      axisLine: { lineStyle: { color: look.strong } }, axisTick: { lineStyle: { color: look.strong } },
      axisLabel: { color: look.quiet, fontSize: 12, hideOverlap: true, formatter: words.axis },
    },
    yAxis: { type: 'value', min: 0, splitNumber: 4, splitLine: { lineStyle: { color: look.line } }, axisLabel: { color: look.quiet, fontSize: 12, formatter: words.value } },
    tooltip: {
      trigger: 'axis', confine: true, appendTo: 'body', backgroundColor: look.surface, borderColor: look.line, padding: [8, 12],
      textStyle: { color: look.ink, fontSize: 13 }, axisPointer: { type: 'line', lineStyle: { color: look.quiet } },
      formatter: (points: { value: Pair }[]) => (points[0] ? words.tip(points[0].value[0]) : ''),
    },
    series: models.map((model, i) => ({
      type: 'line', name: names[i], data: pairs(model), showSymbol: false, connectNulls: false, sampling: false, animation: false, emphasis: { disabled: true },
      lineStyle: { width: 1.6, color: look.series[i], type: DASHES[i] }, itemStyle: { color: look.series[i] },
    })),
  };
}

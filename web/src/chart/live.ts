// The graph that grows: one bar a minute, the open minutes lighter, unwatched minutes hatched.
import type { Minute } from '../series/minutes';
import { wallOf } from '../series/zone';
import type { Option } from './echarts';
import type { Look } from './look';

const MINUTE = 60_000;

export interface LiveWords { axis(wall: number): string; value(value: number): string; tip(row: Minute): string }

export function liveOption(rows: Minute[], zone: string, look: Look, words: LiveWords): Option {
  const at = (row: Minute): number => wallOf(row.at, zone);
  const first = rows[0], last = rows.at(-1);
  const top = Math.max(0, ...rows.map((row) => row.value ?? 0));
  const empty = rows.filter((row) => row.value === null);
  return {
    useUTC: true, animation: false,
    textStyle: { fontFamily: look.font },
    grid: { left: 40, right: 12, top: 12, bottom: 28 },
    xAxis: {
      type: 'time', min: first ? at(first) : 0, max: last ? at(last) + MINUTE : 1, splitLine: { show: false },
      axisLine: { lineStyle: { color: look.strong } }, axisTick: { lineStyle: { color: look.strong } },
      axisLabel: { color: look.quiet, fontSize: 12, hideOverlap: true, formatter: words.axis },
    },
    yAxis: {
      type: 'value', min: 0, ...(top < 4 ? { max: 4 } : {}), minInterval: 1, splitNumber: 3,
      splitLine: { lineStyle: { color: look.line } }, axisLabel: { color: look.quiet, fontSize: 12, formatter: words.value },
    },
    tooltip: {
      trigger: 'axis', confine: true, backgroundColor: look.surface, borderColor: look.line, padding: [8, 12],
      textStyle: { color: look.ink, fontSize: 13 }, axisPointer: { type: 'line', lineStyle: { color: look.quiet } },
      formatter: (points: { dataIndex: number }[]) => {
        const row = rows[points[0]?.dataIndex ?? -1];
        return row ? words.tip(row) : '';
      },
    },
    series: [
      {
        type: 'bar', barCategoryGap: '15%', barMaxWidth: 24,
        data: rows.map((row) => ({ value: [at(row) + MINUTE / 2, row.value], itemStyle: { color: look.series[0], opacity: row.provisional ? 0.5 : 1 } })),
        markArea: {
          silent: true, itemStyle: { color: look.hatch, opacity: 0.8 },
          data: empty.map((row) => [{ xAxis: at(row) }, { xAxis: at(row) + MINUTE }]),
        },
      },
    ],
  };
}

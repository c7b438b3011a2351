// The option of the outlook: the range that nine of ten hours keep as a band, the usual level as a thin line, what came as
// dots on a thick one. Hours that are not known have no dot; odd ones are ringed.
import type { Outlook } from '../api/types';
import type { Look } from './look';
import type { Option } from './echarts';

export interface OutlookWords { hour(ms: number): string; value(value: number): string; came: string; usual: string; tip(row: number): string }

export function outlookOption(hours: Outlook['today']['hours'], look: Look, words: OutlookWords): Option {
  const at = hours.map((hour) => words.hour(Date.parse(hour.t)));
  const low = hours.map((hour) => hour.low);
  const band = hours.map((hour) => (hour.low === null || hour.high === null ? null : hour.high - hour.low));
  const line = { type: 'line', symbol: 'none', animation: false };
  return {
    animation: false,
    textStyle: { fontFamily: look.font, color: look.ink },
    grid: { left: 56, right: 12, top: 12, bottom: 28 },
    xAxis: { type: 'category', data: at, axisLabel: { color: look.quiet, interval: 3 }, axisLine: { lineStyle: { color: look.strong } }, axisTick: { show: false } },
    yAxis: { type: 'value', min: 0, axisLabel: { color: look.quiet, formatter: words.value }, splitLine: { lineStyle: { color: look.line } } },
    tooltip: { trigger: 'axis', confine: true, formatter: (rows: { dataIndex: number }[]) => words.tip(rows[0]?.dataIndex ?? 0) },
    series: [
      { ...line, data: low, stack: 'range', lineStyle: { opacity: 0 }, silent: true },
      { ...line, data: band, stack: 'range', lineStyle: { opacity: 0 }, areaStyle: { color: look.quiet, opacity: 0.22 }, silent: true },
      { ...line, name: words.usual, data: hours.map((hour) => hour.usual), lineStyle: { color: look.quiet, width: 1.5, type: 'dashed' } },
      {
        ...line, name: words.came, symbol: 'circle', symbolSize: (_: unknown, row: { dataIndex: number }) => (hours[row.dataIndex]?.odd ? 11 : 6),
        data: hours.map((hour) => ({ value: hour.value, itemStyle: hour.odd ? { color: look.surface, borderColor: look.ink, borderWidth: 2 } : { color: look.brand } })),
        lineStyle: { color: look.brand, width: 2.5 },
      },
    ],
  };
}

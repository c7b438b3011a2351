// The parts of ECharts that are used, and no others; this file is loaded when the first chart is seen.
import { BarChart, LineChart } from 'echarts/charts';
import {
  DataZoomComponent, GridComponent, MarkAreaComponent, MarkLineComponent, ToolboxComponent, TooltipComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

echarts.use([
  BarChart, LineChart, GridComponent, TooltipComponent, DataZoomComponent, MarkAreaComponent, MarkLineComponent,
  ToolboxComponent, CanvasRenderer,
]);

export type Chart = echarts.ECharts;
export type Option = echarts.EChartsCoreOption;

export const draw = (element: HTMLElement): Chart => echarts.init(element, null, { renderer: 'canvas' });

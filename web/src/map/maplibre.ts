// MapLibre, loaded when the first map is seen. Its worker must be given by address, or a Vite build stays blank.
import { Map as LibreMap, NavigationControl, Popup, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';

setWorkerUrl(worker);

export { LibreMap, NavigationControl, Popup, ScaleControl };

// Areas as SVG paths: an equirectangular projection around their own middle, which at the size of a city differs from any other by
// less than a line's width. Rejected: a map library for shapes (288 kB for what is 60 lines, and not reachable by keyboard).
import { ringsOf, type Position } from './near';

export interface Shape { code: string; name: string; path: string; x: number; y: number; wide: number }
export interface Drawn { width: number; height: number; shapes: Shape[]; place(at: Position): { x: number; y: number } }

const MARGIN = 8;

interface Frame { west: number; south: number; east: number; north: number }

function frameOf(points: GeoJSON.Position[]): Frame {
  const frame = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [lon = 0, lat = 0] of points) {
    frame.west = Math.min(frame.west, lon); frame.east = Math.max(frame.east, lon);
    frame.south = Math.min(frame.south, lat); frame.north = Math.max(frame.north, lat);
  }
  return frame;
}

/** Shapes in a box of at most `width` × `most` units; larger areas lie under those that they hold. Nothing where no area has a shape. */
export function drawAreas(areas: GeoJSON.FeatureCollection, width: number, most: number): Drawn | null {
  const known = areas.features.filter((area) => ringsOf(area.geometry).length > 0 && area.properties?.['code']);
  if (!known.length) return null;
  const { west, south, east, north } = frameOf(known.flatMap((area) => ringsOf(area.geometry).flat()));
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min((width - 2 * MARGIN) / ((east - west) * squeeze || 1), (most - 2 * MARGIN) / (north - south || 1));
  const height = (north - south) * scale + 2 * MARGIN;
  const left = (width - (east - west) * squeeze * scale) / 2;
  const place = ({ lon, lat }: Position): { x: number; y: number } => ({ x: left + (lon - west) * squeeze * scale, y: MARGIN + (north - lat) * scale });
  const shapes = known.map((area): Shape => {
    const rings = ringsOf(area.geometry);
    const path = rings.map((ring) => `M${ring.map(([lon = 0, lat = 0]) => { const { x, y } = place({ lon, lat }); return `${x.toFixed(1)} ${y.toFixed(1)}`; }).join('L')}Z`).join('');
    const widest = [...rings].sort((a, b) => spread(b) - spread(a))[0] ?? [];
    const frame = frameOf(widest);
    const middle = place({ lon: (frame.west + frame.east) / 2, lat: (frame.south + frame.north) / 2 });
    return { code: String(area.properties?.['code']), name: String(area.properties?.['name'] ?? ''), path, ...middle, wide: (frame.east - frame.west) * squeeze * scale };
  });
  shapes.sort((a, b) => a.code.length - b.code.length);
  return { width, height, shapes, place };
}

function spread(ring: GeoJSON.Position[]): number {
  const frame = frameOf(ring);
  return (frame.east - frame.west) * (frame.north - frame.south);
}

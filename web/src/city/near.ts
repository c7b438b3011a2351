// Where a position lies, worked out on the device: areas by the even-odd rule, places by the great circle. Nothing here asks a
// server for anything.
import type { Place } from '../api/types';

export interface Position { lon: number; lat: number }

const EARTH_M = 6_371_000;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres between two positions. */
export function metresBetween(a: Position, b: Position): number {
  const [dLat, dLon] = [radians(b.lat - a.lat), radians(b.lon - a.lon)];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(h));
}

/** Every ring of a shape; a hole is a ring within a ring. */
export function ringsOf(geometry: GeoJSON.Geometry | null): GeoJSON.Position[][] {
  if (geometry?.type === 'Polygon') return geometry.coordinates;
  if (geometry?.type === 'MultiPolygon') return geometry.coordinates.flat();
  return [];
}

function crosses(ring: GeoJSON.Position[], { lon, lat }: Position): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    const [x2 = 0, y2 = 0] = ring[j] ?? [];
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** The code of the smallest area around a position; nothing where there is none. Of two that hold it, the longer code is the smaller. */
export function areaAt(areas: GeoJSON.FeatureCollection, at: Position): string | null {
  const holding = areas.features.filter((area) => ringsOf(area.geometry).filter((ring) => crosses(ring, at)).length % 2 === 1);
  const codes = holding.map((area) => String(area.properties?.['code'] ?? '')).filter(Boolean);
  return codes.sort((a, b) => b.length - a.length)[0] ?? null;
}

/** The `most` nearest places with their distance in metres; several on one point stay together in the order given. */
export function nearest(places: Place[], at: Position, most: number): { place: Place; metres: number }[] {
  return places
    .flatMap((place) => (place.lon === null || place.lat === null ? [] : [{ place, metres: metresBetween(at, { lon: place.lon, lat: place.lat }) }]))
    .sort((a, b) => a.metres - b.metres)
    .slice(0, most);
}

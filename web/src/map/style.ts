// The plain ground: areas as shapes, places as points, no tiles, fonts or sprites from anywhere. A configured style
// replaces it. Points are symbols drawn here, so that ten thousand cost no more than ten.
import type { StyleSpecification } from 'maplibre-gl';
import { token } from '../theme.svelte';

export interface Point { id: string; name: string; lon: number; lat: number; shape: Shape; word: string }
export const SHAPES = ['place', 'live', 'starting', 'outage', 'ended', 'off'] as const;
export type Shape = (typeof SHAPES)[number];

export function plainStyle(areas: GeoJSON.FeatureCollection): StyleSpecification {
  return {
    version: 8,
    sources: { areas: { type: 'geojson', data: areas } },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('sunken') } },
      { id: 'areas', type: 'fill', source: 'areas', paint: { 'fill-color': token('surface') } },
      { id: 'borders', type: 'line', source: 'areas', paint: { 'line-color': token('land-line'), 'line-width': 1 } },
    ],
  };
}

export function pointsOf(points: Point[]): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: points.map((point) => ({
      type: 'Feature',
      properties: { id: point.id, name: point.name, word: point.word, shape: point.shape },
      geometry: { type: 'Point', coordinates: [point.lon, point.lat] },
    })),
  };
}

const COLOUR: Record<Shape, string> = { place: 'brand', live: 'ok', starting: 'watch', outage: 'act', ended: 'quiet', off: 'quiet' };

/** A shape of 2 × 12 pixels' radius with a halo in the surface's colour. */
export function drawShape(shape: Shape): ImageData {
  const size = 48, mid = size / 2;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser has no 2D canvas');
  pen.beginPath();
  if (shape === 'outage') { pen.moveTo(mid, 6); pen.lineTo(size - 6, size - 10); pen.lineTo(6, size - 10); pen.closePath(); }
  else if (shape === 'ended' || shape === 'off') pen.rect(12, 12, 24, 24);
  else pen.arc(mid, mid, 13, 0, 7);
  pen.lineJoin = 'round';
  pen.lineWidth = 8;
  pen.strokeStyle = token('surface');
  pen.stroke();
  const hollow = shape === 'starting' || shape === 'off';
  pen.fillStyle = hollow ? token('surface') : token(COLOUR[shape]);
  pen.fill();
  if (hollow) {
    pen.lineWidth = 5;
    pen.strokeStyle = token(COLOUR[shape]);
    if (shape === 'starting') pen.setLineDash([9, 6]);
    pen.stroke();
  }
  return pen.getImageData(0, 0, size, size);
}

/** [[west, south], [east, north]] around points and shapes; nothing where there is neither. */
export function boundsAround(points: { lon: number; lat: number }[], areas: GeoJSON.FeatureCollection): [[number, number], [number, number]] | null {
  let west = Infinity, south = Infinity, east = -Infinity, north = -Infinity;
  const take = (lon: number, lat: number): void => {
    west = Math.min(west, lon); east = Math.max(east, lon);
    south = Math.min(south, lat); north = Math.max(north, lat);
  };
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === 'number' && typeof part[1] === 'number') take(part[0], part[1]);
    else part.forEach(walk);
  };
  for (const { lon, lat } of points) take(lon, lat);
  for (const feature of areas.features) if (feature.geometry && 'coordinates' in feature.geometry) walk(feature.geometry.coordinates);
  return west <= east ? [[west, south], [east, north]] : null;
}

// The nouns of the HTTP API under the names the pages use; their shapes are made from openapi.json.
import type { components } from './schema';

type S = components['schemas'];

export type Words = S['Words'];
export type Role = S['SessionAnswer']['role'];
export type City = S['CityAnswer'];
export type Indicator = S['IndicatorAnswer'];
export type Family = S['FamilyAnswer'];
export type Place = S['PlaceAnswer'];
export type Series = S['SeriesAnswer'];
export type Check = S['CheckAnswer'];
export type Validation = S['ValidationAnswer'];
export type Column = S['Column'];
export type Tier = Series['tier'];
export type Way = Series['direction'];
export type Events = S['EventsAnswer'];
export type Flows = S['FlowsAnswer'];
export type Camera = S['CameraAnswer'];
export type Status = Camera['status'];
export type Fault = S['FaultAnswer'];
export type Slot = S['SlotAnswer'];
export type SlotState = S['LiveSlot']['state'];
export type Potential = S['PotentialAnswer'];
export type Estimate = S['EstimateAnswer'];
export type LiveEvent = S['LiveEvent'];
export type Alarm = S['AlarmAnswer'];
export type Severity = Alarm['severity'];
export type AlarmEvent = S['AlarmEvent'];
export type AlarmPage = S['AlarmsAnswer'];
export type AlarmDetail = S['AlarmDetail'];
export type AlarmPulse = AlarmPage['pulse'];
export type AlarmRule = S['RuleAnswer'];
export type Beat = S['Beat'];
export type LiveCrossing = S['LiveCrossing'];

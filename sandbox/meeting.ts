import { createHash } from 'node:crypto';

/** A meeting as the upstream writes it in the ordinary case: all its fields, camelCase, none of them null. */
export type Meeting = {
  id: string;
  name: string;
  startDate: string;
  endDate: string;
  createdDate: string;
  creatorID: string;
  readonlyAccess: boolean;
  userID: string;
  userName: string;
  email: string;
  topic: string;
  apiUserName: string;
  meetingID: string;
  meetingDuration: number;
  meetingPassword: string;
  joinUrl: string;
  hostKey: string;
  isSendEmail: boolean;
  isPublishRecordURL: boolean;
  isSetPassword: boolean;
  isWaitingRoom: boolean;
  meetingAuthentication: boolean;
  muteUponEntry: boolean;
  notFoundInZoom: boolean;
  recordType: number;
  authenticationOpt: number;
  alternativeHosts: string;
  meetingType: number;
  moduleID: string;
  exportMultimediaWeb: boolean;
  channelID: string;
  channelName: string;
  publishMutimediaChannel: boolean;
};

type List<T> = readonly [T, ...T[]];

const MODULES: List<readonly [code: string, title: string]> = [
  ['CS2030S', 'Programming Methodology II'],
  ['CS2040S', 'Data Structures and Algorithms'],
  ['IS1108', 'Digital Ethics'],
  ['MA1521', 'Calculus for Computing'],
  ['ST2334', 'Probability and Statistics'],
  ['GEA1000', 'Quantitative Reasoning with Data'],
  ['ES2660', 'Communicating in the Information Age'],
  ['PC1201', 'Fundamentals of Physics'],
];

/** The kinds a meeting of each `meetingType` goes by: 1 exam, 2 custom, 3 time table. */
const KINDS: List<readonly [meetingType: number, kind: string]> = [
  [3, 'Lecture'],
  [3, 'Tutorial'],
  [3, 'Laboratory'],
  [2, 'Consultation'],
  [2, 'Project Review'],
  [1, 'Exam'],
];

const DURATIONS: List<number> = [60, 90, 120];

const MONDAY = 23;
const OPENS = 8 * 60;
const CLOSES = 18 * 60;

/**
 * The meeting an id stands for. Only the id (letter case aside) decides, so the same id gives the same meeting in
 * every process; times fall into office hours of the week of Monday, 23 November 2026.
 */
export function meetingOf(id: string): Meeting {
  const hash = hashOf(id.toLowerCase());
  const [code, title] = pick(MODULES, hash.readUInt8(0));
  const [meetingType, kind] = pick(KINDS, hash.readUInt8(1));
  const minutes = pick(DURATIONS, hash.readUInt8(2));
  const day = `2026-11-${MONDAY + (hash.readUInt8(3) % 5)}`;
  const slots = (CLOSES - OPENS - minutes) / 30 + 1;
  const start = OPENS + (hash.readUInt8(4) % slots) * 30;
  const lecturerNumber = hash.readUInt8(5) % 20;
  const lecturer = `lecturer${digits(lecturerNumber, 2)}`;
  const meetingID = `9${digits(hash.readUInt32BE(6), 10)}`;
  const flag = (bit: number) => ((hash.readUInt16BE(10) >> bit) & 1) === 1;
  return {
    id,
    name: `${code} ${kind}`,
    startDate: dateTime(day, start),
    endDate: dateTime(day, start + minutes),
    createdDate: dateTime(`2026-08-${10 + (hash.readUInt8(12) % 19)}`, OPENS + hash.readUInt8(13)),
    creatorID: uuidOf(lecturer),
    readonlyAccess: flag(0),
    userID: lecturer,
    userName: lecturer.replace('lecturer', 'Lecturer '),
    email: `${lecturer}@nus.edu.sg`,
    topic: `${code} ${title}: ${kind}`,
    apiUserName: `zoom-api-${digits(hash.readUInt8(14) % 4, 2)}`,
    meetingID,
    meetingDuration: minutes,
    meetingPassword: digits(hash.readUInt32BE(15), 6),
    joinUrl: `https://nus-sg.zoom.us/j/${meetingID}?pwd=${hash.toString('base64url', 16, 32)}`,
    hostKey: digits(hash.readUInt32BE(19), 6),
    isSendEmail: flag(1),
    isPublishRecordURL: flag(2),
    isSetPassword: true,
    isWaitingRoom: flag(3),
    meetingAuthentication: flag(4),
    muteUponEntry: flag(5),
    notFoundInZoom: flag(6) && flag(7) && flag(8),
    recordType: hash.readUInt8(23) % 3,
    authenticationOpt: 1 + (hash.readUInt8(24) % 2),
    alternativeHosts: hosts(lecturerNumber, hash.readUInt8(25)),
    meetingType,
    moduleID: uuidOf(code),
    exportMultimediaWeb: flag(9),
    channelID: uuidOf(`${code} channel`),
    channelName: `${code} Recordings`,
    publishMutimediaChannel: flag(10),
  };
}

function hosts(lecturerNumber: number, seed: number): string {
  const names = [`lecturer${digits((lecturerNumber + 7) % 20, 2)}`, `tutor${digits(seed % 40, 2)}`];
  return names
    .slice(seed % 2)
    .map(name => `${name}@nus.edu.sg`)
    .join(',');
}

function dateTime(day: string, minutes: number): string {
  return `${day}T${digits(Math.floor(minutes / 60), 2)}:${digits(minutes % 60, 2)}:00+08:00`;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0').slice(-length);
}

function pick<T>(list: List<T>, n: number): T {
  return list[n % list.length] ?? list[0];
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function uuidOf(text: string): string {
  const hex = hashOf(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

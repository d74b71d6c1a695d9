// By what cost grows: one setting at a time, while the others are as in `BASE`.

export const BASE = { servers: 1, size: 100, rooms: 1, namespaces: 1 };

/** The settings, and what an axis and a table call them. */
export const SETTINGS = [
  { by: "servers", title: "listening servers" },
  { by: "size", title: "bytes of an event" },
  { by: "rooms", title: "rooms of a message" },
  { by: "namespaces", title: "namespaces" },
];

/** The values of a setting that the options ask for, each as a point: all the settings of a message. */
export const pointsOf = (growth, by) => growth[by].map((value) => ({ ...BASE, [by]: value }));

export const growthId = ({ servers, size, rooms, namespaces }) =>
  `growth-${servers}-${size}-${rooms}-${namespaces}`;

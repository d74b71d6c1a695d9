// Interfaces, as in Socket.IO's documentation: they have no index signature of their own.

/** Events for clients. */
export interface ClientEvents {
  nothing: () => void;
  news: (title: string, priority: number, tag?: string) => void;
  files: (...files: Uint8Array[]) => void;
}

/** Events for servers. */
export interface ServerEvents {
  reload: (reason: { why: string }) => void;
}

/** Events for clients of another namespace. */
export interface AdminEvents {
  alert: (level: 1 | 2 | 3) => void;
}

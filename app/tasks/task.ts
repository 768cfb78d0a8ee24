/** A task that a project's files name, and what runs it. */
export interface Task {
  readonly name: string;
  /** What kind of file names it: the word before a colon where two have the same name. */
  readonly runner: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** What the file says that it does, one line; empty where it does not. */
  readonly does: string;
  /** The words to start; arguments come behind them. */
  readonly command: readonly string[];
}

/** A kind of file with tasks in it. */
export interface Runner {
  readonly name: string;
  /** Names of the file in a folder; the first that is there counts. */
  readonly files: readonly string[];
  /** Reads the file and never runs it. Gives nothing for a text that is none of its kind. */
  tasks(text: string, folder: TaskFolder): readonly Pick<Task, "name" | "does" | "command">[];
}

export interface TaskFolder {
  /** Whether the folder has a file of that name. */
  has(name: string): boolean;
}

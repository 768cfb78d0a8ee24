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

/** What a project can run. */
export interface TasksHere {
  /** In the order in which a name is looked for. */
  readonly tasks: readonly Task[];
  /** Files whose tasks nobody knows, and why. */
  readonly faults: readonly { readonly file: string; readonly fault: string }[];
}

/** A kind of file with tasks in it. */
export interface Runner {
  readonly name: string;
  /** Names of the file in a folder; the first that is there counts. */
  readonly files: readonly string[];
  /** Reads the file and never runs it. Undefined for a text that is none of its kind. */
  tasks(text: string, folder: TaskFolder): readonly Pick<Task, "name" | "does" | "command">[] | undefined;
}

export interface TaskFolder {
  /** Whether the folder has a file of that name. */
  has(name: string): boolean;
}

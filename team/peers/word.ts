/** What machines of a team tell one another in a greeting. All of it is a hint. */
export interface Word {
  /** Stands for the branch that is followed there, and of which repository: 16 hexadecimal digits. */
  readonly channel: string;
  /** The newest commit that is believed there. */
  readonly commit?: string;
  /** How long ago the repository answered that machine itself. Seconds. */
  readonly looked?: number;
}

/** `CHANNEL COMMIT SECONDS`, with `-` for what is not there. */
export function wordText({ channel, commit = "-", looked }: Word): string {
  return `${channel} ${commit} ${looked ?? "-"}`;
}

/** Undefined for whatever else somebody says. */
export function wordIn(text: unknown): Word | undefined {
  const [, channel, commit, looked] =
    /^([0-9a-f]{16}) ([0-9a-f]{40}|-) (\d{1,9}|-)$/.exec(typeof text === "string" ? text : "") ?? [];
  if (channel === undefined) return undefined;
  return {
    channel,
    ...(commit === "-" || commit === undefined ? {} : { commit }),
    ...(looked === "-" || looked === undefined ? {} : { looked: Number(looked) }),
  };
}

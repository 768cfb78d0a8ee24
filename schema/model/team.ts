/** A machine of a team, as the team's repository lists it. */
export interface Member {
  /** Unique in the team. */
  readonly name: string;
  /** Public part of the machine's own key: `ed25519:` and the base64 of its 32 bytes. */
  readonly key: string;
}

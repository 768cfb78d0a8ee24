import { z } from "zod";

/** release.json: this commit, of this channel of this repository, until then. */
export const releaseSchema = z.strictObject({
  /** Address without a login. */
  repository: z.string().min(1),
  /** Name of the branch or tag that is followed. */
  channel: z.string().min(1),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** Higher with each release. */
  version: z.int().positive(),
  expires: z.iso.datetime({ offset: true }),
});

export type Release = z.infer<typeof releaseSchema>;

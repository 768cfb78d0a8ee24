/** A line of .gitattributes: omg.lock is merged by names, in every folder. */
export const ATTRIBUTE = "omg.lock merge=omg-lock";

/** What git has to be told for it (gitattributes(5), Defining a custom merge driver). */
export const DRIVER: Readonly<Record<string, string>> = {
  "merge.omg-lock.name": "omg.lock, name by name",
  "merge.omg-lock.driver": "omg team merge-lock %O %A %B %P",
};

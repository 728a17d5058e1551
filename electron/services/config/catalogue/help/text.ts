/** What a person reads about an option. */
export interface OptionText {
  /** What it is for and what to mind, in one to three sentences. */
  help: string
  /** What holds where the engine works the default out itself. */
  default?: string
  /** What is taken, where the type and a list of words do not say it. */
  allowed?: string
}

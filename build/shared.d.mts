export const root: string
export const withoutUnused: Record<string, string>

import { describe, expect, it, vi } from 'vitest'
import { i18n, russianPlural, speak } from '../../../renderer/src/app/i18n'

describe('the window’s texts', () => {
  it.each([
    [0, 2],
    [1, 0],
    [2, 1],
    [5, 2],
    [11, 2],
    [12, 2],
    [21, 0],
    [22, 1],
    [111, 2],
  ])('count %i in Russian with form %i', (count, form) => {
    expect(russianPlural(count, 3)).toBe(form)
  })

  it('are read without eval, which the content security policy forbids', async () => {
    const forbidden = vi.fn(() => {
      throw new Error('eval')
    })
    vi.stubGlobal('Function', forbidden)
    try {
      await speak('en')
      expect(i18n.global.t('events.total', { n: 3 }, 3)).toBe('3 events')
      expect(i18n.global.t('errors.engine/denied')).toBe('dockerd does not let you in.')
      expect(forbidden).not.toHaveBeenCalled()
    } finally {
      vi.unstubAllGlobals()
    }
    await speak('ru')
    expect(i18n.global.t('events.total', { n: 3 }, 3)).toBe('3 события')
    expect(document.documentElement.lang).toBe('ru')
  })
})

import { describe, expect, it } from 'vitest'
import { overlayAt, resolveIn } from '../../../electron/helper/container-layers/mount-table'

const line = (point: string, options: string, type = 'overlay') =>
  `49 43 0:39 / ${point} rw,relatime shared:3 master:1 - ${type} overlay ${options}\n`

describe('a table of mounts', () => {
  it('tells the overlay at a path, the newest where several lie on each other', () => {
    const table =
      '22 27 0:21 / /proc rw,relatime - proc proc rw\n' +
      line('/d/merged', 'rw,lowerdir=/d/l/OLD,upperdir=/d/u,workdir=/d/w') +
      line('/d/merged2', 'rw,lowerdir=/x') +
      line('/d/merged', 'rw,lowerdir=/d/l/B:/d/l/A,upperdir=/d/u,workdir=/d/w,xino=off')
    expect(overlayAt(table, '/d/merged')).toEqual({
      merged: '/d/merged',
      upper: '/d/u',
      work: '/d/w',
      lowers: ['/d/l/B', '/d/l/A'],
      options: ['rw', 'relatime', 'xino=off'],
    })
    expect(overlayAt(table, '/d')).toBeUndefined()
    expect(overlayAt(table, '/proc')).toBeUndefined()
  })

  it('has blanks, commas and backslashes in names escaped by the kernel', () => {
    const table = line(
      '/my\\040data/me\\134rged',
      'rw,lowerdir=/my\\040data/a\\054b:/c\\134d,upperdir=/u\\011x',
    )
    expect(overlayAt(table, '/my data/me\\rged')).toMatchObject({
      lowers: ['/my data/a,b', '/c\\d'],
      upper: '/u\tx',
    })
  })

  it.each([
    ['before Linux 6.5', 'lowerdir=/a\\134:b:/c'],
    ['since', 'lowerdir=/a\\072b:/c'],
  ])('has a colon in a name, %s', (_, options) => {
    expect(overlayAt(line('/m', `rw,${options}`), '/m')?.lowers).toEqual(['/a:b', '/c'])
  })

  it('names directories one by one where they were added so', () => {
    const table = line('/m', 'rw,lowerdir+=/b:1,lowerdir+=/a,upperdir=/u,workdir=/w,datadir+=/data')
    expect(overlayAt(table, '/m')).toMatchObject({
      lowers: ['/b:1', '/a'],
      upper: '/u',
      options: ['rw', 'relatime', 'datadir+=/data'],
    })
  })

  it('names relative directories as they are, and they count from a base', () => {
    const mount = overlayAt(
      line('/d/x/merged', 'rw,lowerdir=l/AB:l/CD,upperdir=x/diff,workdir=x/work'),
      '/d/x/merged',
    )
    expect(mount?.lowers).toEqual(['l/AB', 'l/CD'])
    expect(mount?.lowers.map((lower) => resolveIn('/d', lower))).toEqual(['/d/l/AB', '/d/l/CD'])
    expect(resolveIn('/d', '/e/f')).toBe('/e/f')
  })

  it('leaves out what is no overlay, and lines that are torn', () => {
    expect(overlayAt(line('/m', 'rw,user_id=0', 'fuse.fuse-overlayfs'), '/m')).toBeUndefined()
    expect(overlayAt('49 43 0:39 / /m rw\n\n49\n', '/m')).toBeUndefined()
  })

  it('keeps names byte by byte that are more than one byte a character', () => {
    expect(overlayAt(line('/d\\303\\251', 'rw,lowerdir=/日本'), '/dé')?.lowers).toEqual(['/日本'])
  })
})

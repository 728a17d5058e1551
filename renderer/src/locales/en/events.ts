export default {
  events: {
    list: 'Events',
    total: '{n} event | {n} events',
    rate: 'Events per second',
    rateNow: '{rate} on average over {minutes} minutes',
    chartLabel: 'Events per second by type over the last minutes; {rate} on average.',
    rateOf: '{type}: {rate} per second',
    secondsAgo: '{n} s ago',
    otherTypes: 'other',
    search: 'Search events',
    hideHealth: 'Hide health checks',
    name: 'name',
    column: { time: 'Time', type: 'Type', action: 'Action', who: 'What', attributes: 'Attributes' },
    emptyTitle: 'No events yet',
    emptyText:
      'dockerd reports what happens to containers, images, networks and volumes. Make something happen:',
    downTitle: 'No events while dockerd is away',
    downText:
      'The list goes on by itself when it answers again; the daemon hands over what it still remembers.',
  },
}

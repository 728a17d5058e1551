/** Texts of trying a daemon.json in a sandbox. */
export default {
  sandbox: {
    name: 'Sandbox',
    try: 'Try it in a sandbox',
    tryText:
      'Starts a private dockerd with this text and turns the window to it. This machine’s own daemon is not touched.',
    fault: 'First the text has to be JSON again.',
    stage: {
      authorize: 'The system asks for your password…',
      start: 'A private dockerd is starting with this text…',
      fill: 'Images and containers are being made…',
    },
    bare: 'Images or containers could not be made: {said}',
    here: 'You are looking at a sandbox with the text you are trying.',
    hereText: 'Nothing you do here touches the Docker of this machine.',
    withoutKeys: 'Without {keys}.',
    without: 'Not tried:',
    why: {
      own: 'the sandbox has a place of its own for it',
      held: 'belongs to what the real daemon holds',
      network: 'a sandbox has no network',
      disk: 'depends on the disk of the real data',
      plugin: 'may need a plugin of the real daemon',
      life: 'containers would outlive the sandbox',
    },
    editHere:
      'This is the file of the sandbox: what you change here goes with it. Your own text waits where you left it.',
    aside: 'A configuration is being tried in a sandbox.',
    look: 'Look at it',
    end: 'Close it',
    back: 'Back to {name}',
    goTo: 'Go to line {line}',
  },
}

import fatal from './recovery-fatal'

/** Тексты восстановления демона, который не работает или не запустится снова. */
export default {
  ...fatal,
  recovery: {
    card: {
      'broken-file': 'Привести daemon.json в порядок',
      down: 'Вернуть dockerd к работе',
      failing: 'Вернуть dockerd к работе',
    },
    title: {
      running: 'dockerd работает',
      'broken-file': 'С таким daemon.json dockerd снова не запустится',
      down: 'dockerd не работает',
      failing: 'dockerd не может запуститься',
    },
    state: {
      'broken-file':
        'dockerd пока работает с тем, что прочитал раньше. Исправьте файл до его следующего перезапуска или перезагрузки машины.',
      failing: '{unit} запускается снова и снова и каждый раз завершается.',
      'given-up': '{unit} слишком часто завершался подряд, и его больше не пытаются запускать.',
      failed: '{unit} завершился с ошибкой.',
      activating: '{unit} как раз запускается.',
      stopped: '{unit} остановлен.',
      down: 'Ни один dockerd не запущен.',
    },
    owner: {
      systemd: '{unit} принадлежит systemd, а действовать здесь от root Porthole не может. В терминале:',
      'systemd-user': '{unit} принадлежит systemd вашего пользователя. В терминале:',
      sysv: 'dockerd запускается скриптом {unit}. В терминале:',
      snap: 'dockerd принадлежит snap, он его запускает и останавливает. В терминале:',
      desktop:
        'dockerd принадлежит Docker Desktop. Запускайте и останавливайте его там; daemon.json правится в разделе Settings, Docker Engine.',
      process:
        'dockerd запустили вручную, и как именно, знает только тот, кто это сделал. Запустите его так же.',
      none: 'Porthole не знает, кто запускает этот dockerd. Запустите его так же, как раньше.',
    },
    lastChange: 'Последнее изменение файла',
    excerpt: 'Файл в месте ошибки',
    atFault: 'здесь ошибка:',
    see: 'Что поможет',
    undo: 'Отменить последнее изменение',
    fixKey: 'Исправить этот ключ',
    fixFile: 'Исправить файл',
    start: 'Запустить dockerd',
    copyLine: 'Скопировать строку',
    copyCommand: 'Скопировать команду',
  },
}

export const KEY_PROBLEMS = {
  'key/unknown': { message: 'У этого движка нет параметра «{key}».', hint: 'Удалите ключ.' },
  'key/misspelt': {
    message: 'У этого движка нет параметра «{key}».',
    hint: 'Возможно, имелось в виду «{suggestion}».',
  },
  'key/unknown-inside': {
    message: 'У этого движка нет параметра «{key}».',
    hint: 'Внутри «{object}» движок тоже ищет параметры.',
  },
  'key/internal': {
    message: '«{key}» — внутреннее поле движка; из файла его задать нельзя, движок его отвергает.',
    hint: 'Удалите ключ.',
  },
  'key/validate': {
    message: 'С «validate» движок проверит настройки и завершится.',
    hint: 'Удалите ключ.',
  },
  'key/removed': {
    message: '«{key}» убран в Docker {removed}; с ним этот движок не запустится.',
    hint: 'Удалите ключ.',
  },
  'key/replaced': {
    message: '«{key}» убран в Docker {removed}; с ним этот движок не запустится.',
    hint: 'Используйте «{suggestion}».',
  },
  'key/removed-cors': {
    message: '«api-cors-header» убран в Docker 28.0.',
    hint: 'Для заголовков CORS используйте обратный прокси.',
  },
  'key/removed-oom': {
    message: '«oom-score-adjust» убран в Docker 25.0.',
    hint: 'Используйте OOMScoreAdjust= в юните systemd.',
  },
  'key/too-new': {
    message: '«{key}» есть начиная с Docker {since}, а этот движок — {version}.',
    hint: 'Удалите ключ или обновите движок.',
  },
  'key/deprecated': {
    message: '«{key}» устарел с Docker {since}; более новый движок его не примет.',
    hint: 'Удалите ключ до обновления движка.',
  },
  'key/flag-name': {
    message: '«{key}» — имя флага; как ключ движок его принимает и пропускает.',
    hint: 'Удалите ключ.',
  },
  'key/flag-of': {
    message: '«{key}» — имя флага; как ключ движок его принимает и пропускает.',
    hint: 'Возможно, имелось в виду «{suggestion}».',
  },
  'key/flag-conflict': {
    message: '«{key}» задан и в командной строке движка ({flag} {value}); вместе с ним он не запустится.',
    hint: 'Удалите ключ здесь или флаг из команды, которой запускается dockerd.',
  },
  'key/ignored': { message: 'Этот движок принимает «{key}» и пропускает.', hint: 'Удалите ключ.' },
  'key/flag-only': {
    message: 'Этот движок принимает «{key}» и пропускает.',
    hint: 'Действует только флаг --{key}.',
  },
  'key/ignored-at-top': {
    message: '«{key}» на верхнем уровне принимается и пропускается.',
    hint: 'Напишите его внутри «{object}».',
  },
  'key/ignored-inside': {
    message: '«{key}» внутри «{object}» принимается и пропускается.',
    hint: 'Напишите его на верхнем уровне.',
  },
  'key/ignored-object': {
    message: 'Параметра «{key}» нет; движок принимает объект и пропускает его.',
    hint: 'Удалите его.',
  },
  'key/misspelt-object': {
    message: 'Параметра «{key}» нет; движок принимает объект и пропускает его.',
    hint: 'Возможно, имелось в виду «{suggestion}».',
  },
  'key/unknown-member': {
    message: 'В «{key}» нет поля «{member}»; движок принимает его и пропускает.',
    hint: 'Есть: {members}.',
  },
  'key/exclusive': {
    message: '«{key}» и «{other}» нельзя задать вместе.',
    hint: 'Удалите одно из двух.',
  },
} as const

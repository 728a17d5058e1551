/** Why a file did not come into force, and what a reload leaves undone. */
export const APPLY_PROBLEMS = {
  'apply/no-proof': { message: 'Движок за {seconds} с не подтвердил, что принял новый файл.' },
  'apply/refused': { message: 'Движок отказался от нового файла: {said}' },
  'apply/daemon-ended': {
    message: 'dockerd завершился, читая новый файл.',
    hint: 'Посмотрите его журнал и запустите его снова.',
  },
  'apply/not-started': { message: 'С новым файлом движок не запустился: {why}' },
  'apply/still-down': {
    message: 'Прежний файл возвращён, но движок пока не работает: {why}',
    hint: 'Посмотрите его журнал и запустите его снова.',
  },
  'apply/not-in-environment': {
    message: 'dockerd запустился без этого адреса: его окружение определяет другой файл юнита.',
    hint: 'Какой — покажет systemctl cat docker; EnvironmentFile= важнее, чем Environment=.',
  },
  'apply/needs-file': {
    message: 'dockerd запущен с --config-file {path} и без этого файла не запустится.',
    hint: 'Вместо удаления запишите в него пару фигурных скобок.',
  },
  'apply/waits-for-restart': { message: 'Вступит в силу только при следующем запуске движка: {keys}.' },
  'apply/kept-until-restart': { message: 'Удалено, но действует до перезапуска: {keys}.' },
  'apply/flag-reset': {
    message: 'Задано флагом, но каждая перезагрузка настроек возвращает значение по умолчанию: {keys}.',
  },
}

export const VALUE_PROBLEMS = {
  'value/type': { message: 'Для «{key}» нужно: {term:expected}, а здесь {found}.' },
  'value/size': { message: 'Для «{key}» нужен размер текстом, например "64M".' },
  'value/ip': { message: '«{value}» — не IP-адрес.' },
  'value/ip4': { message: 'Для «{key}» нужен адрес IPv4, а «{value}» — не он.' },
  'value/word': { message: '«{key}» не может быть «{value}».', hint: 'Одно из: {words}.' },
  'value/below': { message: '«{key}» не может быть меньше {least}.' },
  'value/range': { message: '«{key}» должно быть от {least} до {most}.' },
  'value/pair': { message: '«{value}» не имеет вида имя=значение.' },
  'value/absolute': { message: '«{key}» должен быть абсолютным путём.' },
  'value/no-file': { message: 'Файла {path} нет.' },
  'value/is-a-folder': { message: '{path} — папка.' },
  'value/not-a-folder': { message: '{path} — не папка.' },
  'value/log-driver': {
    message: 'В движке нет драйвера журналов «{driver}»; если его не даст плагин, контейнер не создать.',
  },
  'value/log-driver-options': {
    message:
      'В движке нет драйвера журналов «{driver}»; у него есть параметры, и без плагина движок не запустится.',
  },
  'value/log-opt': {
    message: 'У драйвера журналов {driver} нет параметра «{option}».',
    hint: 'Есть: {options}.',
  },
  'value/buffer-without-mode': {
    message: '«max-buffer-size» действует только в режиме non-blocking.',
    hint: 'Задайте "mode": "non-blocking" или удалите «max-buffer-size».',
  },
  'value/option-missing': { message: 'Драйверу журналов {driver} нужен параметр «{option}».' },
  'value/option-bool': {
    message: 'Параметр «{option}» не может быть «{value}».',
    hint: 'Одно из: true, false.',
  },
  'value/option-number': { message: 'Параметру «{option}» нужно другое число, а не «{value}».' },
  'value/option-size': {
    message: 'Параметру «{option}» нужен размер, а «{value}» — не размер.',
    hint: 'Например, "10m".',
  },
  'value/option-duration': {
    message: 'Параметру «{option}» нужна длительность, а «{value}» — не она.',
    hint: 'Например, "1s".',
  },
  'value/option-word': { message: 'Параметр «{option}» не может быть «{value}».' },
  'value/option-address': {
    message: 'Параметру «{option}» нужен адрес вида tcp://host:port, а «{value}» — не он.',
  },
  'value/option-later': {
    message: 'Параметр «{option}» не может быть «{value}»; движок запустится, но контейнер не создать.',
  },
  'value/max-file-alone': {
    message: 'С «max-file» без «max-size» движок не создаст контейнеров.',
    hint: 'Задайте и «max-size», например "10m".',
  },
  'value/compress-alone': {
    message: 'Журналы сжимаются только при ротации; в таком виде контейнер не создать.',
    hint: 'Задайте «max-size» и «max-file» от 2 или "compress": "false".',
  },
  'value/plugin-name': { message: 'У плагина должно быть имя.', hint: 'Удалите пустой элемент.' },
  'value/namespaces': {
    message: 'У контейнеров и плагинов не может быть общего пространства имён containerd «{value}».',
  },
  'value/no-socket': { message: 'Сокета {path} нет; движок прождёт его минуту и не запустится.' },
  'value/no-socket-later': {
    message: 'Сокета {path} нет; движок прождёт его минуту, и контейнер не создать.',
  },
  'value/mirror-url': { message: '«{mirror}» — не URL.', hint: 'Например, "https://mirror.example.com".' },
  'value/mirror-scheme': {
    message: 'Зеркало «{mirror}» не начинается с http:// или https://.',
    hint: 'Например, "https://mirror.example.com".',
  },
  'value/mirror-query': {
    message: 'В адресе зеркала «{mirror}» есть запрос или фрагмент.',
    hint: 'Напишите только адрес.',
  },
  'value/mirror-user': { message: 'В адресе зеркала не может быть имени пользователя или пароля.' },
  'value/mirror-path': { message: 'Этот движок не принимает путь в адресе зеркала («{mirror}»).' },
  'value/mirror-no-host': { message: 'В адресе зеркала «{mirror}» нет узла; образ оттуда не получить.' },
  'value/registry': { message: '«{value}» должно быть узлом, узлом с портом или CIDR.' },
  'value/registry-scheme': {
    message: '«{value}» берётся без того, что стоит до «://».',
    hint: 'Напишите только узел или узел с портом.',
  },
  'value/cidr4': {
    message: 'Для «{key}» нужна сеть IPv4, а «{value}» — не она.',
    hint: 'Например, 172.26.0.1/16.',
  },
  'value/cidr6': {
    message: 'Для «{key}» нужна сеть IPv6, а «{value}» — не она.',
    hint: 'Например, fd00:26::/64.',
  },
  'value/network-address': { message: '{value} — адрес самой сети; мосту нужен адрес внутри неё.' },
  'value/no-bridge': {
    message: 'На этой машине нет моста «{name}».',
    hint: 'Сначала создайте его или дайте адрес docker0 через «bip».',
  },
  'value/ipv6-subnet': {
    message: 'Этому движку нужно указать сеть IPv6 для моста по умолчанию.',
    hint: 'Задайте и «fixed-cidr-v6».',
  },
  'value/ip6tables-experimental': {
    message: 'Этот движок принимает «ip6tables» только вместе с "experimental": true.',
  },
  'value/outside': {
    message: '{value} лежит вне {network}; на мосту по умолчанию контейнер не запустить.',
  },
  'value/gateway-outside': { message: 'Шлюз {value} лежит вне {network}.' },
  'value/icc-iptables': {
    message: '"icc": false работает через iptables, а «iptables» равно false.',
    hint: 'Задайте одному из них true.',
  },
  'value/pool': { message: 'Пулу нужны base, например "10.0.0.0/8", и size.' },
  'value/pool-size': {
    message: 'Размер {size} не помещается в {base}; из этого пула сеть не создать.',
    hint: 'От {least} до {most}.',
  },
  'value/pool-no-ipv4': { message: 'Без пула адресов IPv4 мост по умолчанию не создать.' },
  'value/host-gateways': { message: 'Здесь может стоять не больше одного адреса IPv4 и одного IPv6.' },
  'value/domain': { message: '«{value}» — не доменное имя.' },
  'value/runtime-reserved': { message: 'Имя «runc» занято встроенной средой.' },
  'value/runtime-both': {
    message: 'У среды «{runtime}» заданы и path, и runtimeType.',
    hint: 'Удалите одно из двух.',
  },
  'value/runtime-neither': {
    message: 'У среды «{runtime}» не заданы ни path, ни runtimeType.',
    hint: 'Укажите в «path» её программу.',
  },
  'value/runtime-args': {
    message: 'У среды «{runtime}» задан runtimeType, с ним нельзя runtimeArgs.',
    hint: 'Используйте «options».',
  },
  'value/runtime-options': {
    message: 'У среды «{runtime}» задан path, с ним нельзя options.',
    hint: 'Используйте «runtimeArgs».',
  },
  'value/runtime-path': {
    message: 'У среды «{runtime}» путь {path}, но такого файла нет; контейнер ею не запустить.',
  },
  'value/runtime-unlisted': {
    message: 'Среды «{runtime}» нет среди «runtimes».',
    hint: 'Добавьте её в «runtimes» с её путём.',
  },
  'value/cgroup-driver': { message: 'Драйвера cgroup «{driver}» нет.', hint: 'systemd или cgroupfs.' },
  'value/exec-opt': {
    message: 'Параметра выполнения «{option}» нет.',
    hint: 'Здесь известен только native.cgroupdriver.',
  },
  'value/slice': {
    message: 'С драйвером cgroup systemd «{value}» должно быть срезом.',
    hint: 'Например, "docker.slice".',
  },
  'value/ulimit': {
    message: 'Мягкий предел «{name}» больше жёсткого; контейнер не создать.',
    hint: 'Уменьшите «Soft» или увеличьте «Hard».',
  },
  'value/ulimit-name': { message: 'Предела «{name}» нет; контейнер не создать.', hint: 'Одно из: {names}.' },
  'value/storage-driver': {
    message: 'У этого движка нет драйвера хранения «{driver}».',
    hint: 'Одно из: {drivers}.',
  },
  'value/storage-driver-unknown': {
    message: 'Porthole не знает драйвера хранения «{driver}»; движок запустится, только если он у него есть.',
  },
  'value/storage-opt': { message: 'У драйвера хранения {driver} нет параметра «{option}».' },
  'value/storage-opt-any': { message: 'Ни у одного драйвера хранения нет параметра «{option}».' },
  'value/needs-xfs': {
    message: 'Параметр хранения «{option}» работает только на XFS, а {path} — на другой файловой системе.',
  },
  'value/storage-opt-value': { message: 'Параметр хранения «{option}» не может быть «{value}».' },
  'value/host': {
    message: 'Движок не может слушать «{value}».',
    hint: 'Адрес начинается с unix://, tcp:// или fd://.',
  },
  'value/host-path': {
    message: 'После порта в «{value}» ничего быть не может.',
    hint: 'Путь бывает только у unix://.',
  },
  'value/tls-missing': {
    message: 'Если в файле есть «{by}», нужно задать и «{key}».',
    hint: 'Укажите путь к сертификату или ключу.',
  },
  'value/host-open': {
    message: 'Любой, кому доступен {value}, — root на этой машине: сертификат не спрашивают.',
    hint: 'Задайте «tlsverify» или слушайте 127.0.0.1.',
  },
  'value/address-port': {
    message: '«{value}» не имеет вида узел:порт.',
    hint: 'Например, "127.0.0.1:9323".',
  },
  'value/address-host': {
    message: 'В «{value}» перед портом нет узла.',
    hint: 'Например, "127.0.0.1:9323".',
  },
  'value/port': { message: 'Порта {port} нет; самый большой — 65535.' },
  'value/metrics-open': {
    message: 'Метрики на {value} может читать каждый, кому доступна эта машина.',
  },
  'value/api-version': {
    message: '«{value}» — не версия API, к которой может вернуться этот движок.',
    hint: 'Начиная с {least}, например "1.44".',
  },
  'value/group': { message: 'На этой машине нет группы «{group}».' },
  'value/user': { message: 'На этой машине нет пользователя «{user}».' },
  'value/no-subids': {
    message: 'У пользователя «{user}» нет диапазона в /etc/subuid и /etc/subgid.',
    hint: 'Добавьте его через usermod --add-subuids и --add-subgids.',
  },
  'value/rootless': {
    message: 'Режим rootless — для dockerd, которого запускает dockerd-rootless.sh.',
    hint: 'Удалите ключ.',
  },
  'value/userns-form': { message: '«{value}» не имеет вида user или user:group.' },
  'value/userns-containerd': {
    message: 'Переназначение пользователей не сочетается с образами в containerd.',
    hint: 'Задайте параметру «containerd-snapshotter» в features значение false.',
  },
  'value/no-plugin': {
    message: 'У движка нет плагина {plugins}; получив такую настройку, он завершится.',
    hint: 'Сначала установите плагин или исправьте имя.',
  },
  'value/label': { message: 'Метка «{value}» не имеет вида имя=значение.' },
  'value/label-reserved': {
    message: 'Имена меток, начинающиеся с {prefix}, оставлены для Docker.',
    hint: 'Используйте свой домен.',
  },
  'value/label-twice': { message: 'Метка «{name}» стоит здесь с двумя значениями.' },
  'value/feature': { message: 'Ни один движок не знает «{feature}»; это принимается и пропускается.' },
  'value/resource-negative': { message: 'Ресурса «{name}» не может быть меньше нуля.' },
  'value/resource-twice': {
    message: '«{name}» стоит здесь и как количество, и ещё раз.',
    hint: 'Назовите его один раз с количеством или несколько раз со значениями, которые не числа.',
  },
  'value/gc-size': {
    message: 'Для «{member}» нужен размер, а «{value}» — не размер.',
    hint: 'Например, "20GB".',
  },
  'value/gc-unused-for': {
    message: 'Фильтру «unused-for» нужна длительность, а «{value}» — не она.',
    hint: 'Например, "unused-for=48h".',
  },
  'value/duration': {
    message: 'Для «{key}» нужна длительность, а «{value}» — не она.',
    hint: 'Например, "48h".',
  },
  'value/proxy': {
    message: '«{value}» — не URL прокси; движок не сможет получать через него образы.',
    hint: 'Например, "http://proxy.example.com:3128".',
  },
} as const

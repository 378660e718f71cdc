#!/usr/bin/env bash
# A real Kafka broker (Apache Kafka in KRaft mode, one node) for tests and for trying Hearth with one.
#
#   scripts/kafka.sh get                        fetches it by Maven into .kafka/, if it is not there, and prints the
#                                               folder of its jars (half a minute); where there is no Java 17 or no
#                                               Maven, that is installed by apt-get first
#   scripts/kafka.sh start FOLDER [PORT [CONTROLLER_PORT]]
#                                               runs it on 127.0.0.1 with FOLDER as its disk, ports 9092 and 9093; a
#                                               folder that is empty is formatted first
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=4.1.1
scala=2.13
# The version of slf4j-api that this Kafka brings along.
slf4j=1.7.36
java_version=17
jars="$PWD/.kafka/$version"

say_and_exit() {
    printf 'hearth: %s\n' "$1" >&2
    exit 1
}

install() {
    local as_root=()
    if ((EUID)); then as_root=(sudo); fi
    if ! command -v apt-get >/dev/null; then say_and_exit "Kafka needs $1: install that, then run this again"; fi
    ${as_root[@]+"${as_root[@]}"} apt-get update -qq >&2
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >&2
}

java_will_do() {
    [[ "$(java --version 2>/dev/null)" =~ ^[a-z]+\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= java_version))
}

get() {
    if ! java_will_do; then install default-jre-headless; fi
    if ! java_will_do; then say_and_exit "Kafka needs Java $java_version or newer as \`java\`: install that, then run this again"; fi
    if [[ ! -d "$jars" ]]; then
        if ! command -v mvn >/dev/null; then install maven; fi
        mkdir -p .kafka
        draft="$(mktemp -d "$PWD/.kafka/draft.XXXXXX")"
        trap 'rm -rf "${draft:-}"' EXIT
        cat >"$draft/pom.xml" <<POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>hearth</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_$scala</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>$slf4j</version></dependency>
  </dependencies>
</project>
POM
        mvn --batch-mode --quiet -Dstyle.color=never -f "$draft/pom.xml" dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$draft/jars" >&2
        # Whole or not at all; another that was quicker is as good.
        mv -T "$draft/jars" "$jars" 2>/dev/null || test -d "$jars"
        rm -rf "$draft"
    fi
    printf '%s\n' "$jars"
}

configure() {
    local folder="$1" port="$2" controller="$3"
    cat >"$folder/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$folder/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=2
group.initial.rebalance.delay.ms=0
group.consumer.min.session.timeout.ms=3000
group.consumer.session.timeout.ms=6000
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=1000
# After a kill the next one is let in when the one before has been silent for so long.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=2
log.cleaner.threads=1
# The usual 128 MiB are taken at the start and do not fit into this heap.
log.cleaner.dedupe.buffer.size=16777216
log.segment.bytes=67108864
PROPERTIES
}

start() {
    local folder port="${2:-9092}" controller="${3:-9093}" java
    mkdir -p "$1"
    folder="$(cd "$1" && pwd)"
    get >/dev/null
    configure "$folder" "$port" "$controller"
    # The star is Java's own.
    java=(java -Xms256m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*")
    if [[ ! -e "$folder/log/meta.properties" ]]; then
        "${java[@]}" kafka.tools.StorageTool format --standalone -c "$folder/server.properties" \
            -t "$("${java[@]}" kafka.tools.StorageTool random-uuid)" >/dev/null
    fi
    exec "${java[@]}" kafka.Kafka "$folder/server.properties"
}

case "${1:-}" in
    get) get ;;
    start)
        if [[ -z "${2:-}" ]]; then say_and_exit "name a folder: scripts/kafka.sh start FOLDER [PORT [CONTROLLER_PORT]]"; fi
        start "$2" "${3:-}" "${4:-}"
        ;;
    *) say_and_exit "scripts/kafka.sh get, or scripts/kafka.sh start FOLDER [PORT [CONTROLLER_PORT]]" ;;
esac

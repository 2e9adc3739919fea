# Sourced by the scripts beside it: installs Debian packages that are not there yet.
# shellcheck shell=bash disable=SC2034  # the lists are for the scripts that source this

# What building and running needs. Boost: headers only, so the one package that holds them.
build_packages=(g++ cmake ninja-build pkg-config libzmq3-dev cppzmq-dev libeigen3-dev
  libboost1.74-dev libyaml-cpp-dev libcli11-dev libspdlog-dev libfmt-dev nlohmann-json3-dev
  zlib1g-dev libcurl4-openssl-dev libssl-dev libjs-dygraphs
  libcpp-httplib-dev libhwy-dev libisal-dev)
# What deep models need on top, about 560 MB; openblas: without it a gradient takes ten times as long.
torch_packages=(libtorch-dev libopenblas0-pthread)
# What tools/bench needs on top.
bench_packages=(libbenchmark-dev openmpi-bin libopenmpi-dev python3-numpy python3-scipy python3-torch iproute2
  valgrind)
# What tools/fuzz needs on top.
fuzz_packages=(clang-14 libclang-rt-14-dev)
# What tools/paper needs on top, and the tests with it.
report_packages=(python3 python3-matplotlib)
# What the tests need on top.
test_packages=(libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev iproute2 procps "${report_packages[@]}"
  "${torch_packages[@]}" python3-torch python3-zmq gnuplot-nox chromium chromium-driver python3-selenium)

say() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
}

# Prints those of the given packages that are not installed. pkg-config has two providers.
missing_packages() {
  local package
  for package in "$@"; do
    if [[ $package == pkg-config ]] && command -v pkg-config >/dev/null; then
      continue
    fi
    # shellcheck disable=SC2016  # dpkg-query's own syntax
    if [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      printf '%s\n' "$package"
    fi
  done
}

# Is there a sudo that works without a password, or a terminal to type one?
may_sudo() {
  command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }
}

# Installs what is missing of the given packages; calls apt only when something is.
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian system; expecting the tools and libraries to be there"
    return
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    return
  fi
  local as_root=()
  if ((EUID != 0)); then
    if ! may_sudo; then
      say "packages are missing and this is neither root nor sudo; someone must run:"
      printf '    apt-get update && apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say "installing failed"
    exit 1
  fi
  rm -f "$log"
}

# Runs a command without a word, unless it fails: then shows all it said and gives up.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    say "failed: $*"
    exit 1
  fi
  rm -f "$log"
}

# Prints the options that make CMake look again when LibTorch came after the build folder was configured.
look_again_for_torch() {
  local cache=$1/CMakeCache.txt
  if [[ -f $cache && -z $(missing_packages libtorch-dev) ]] &&
    grep -q '^Torch_DIR:PATH=Torch_DIR-NOTFOUND' "$cache"; then
    printf '%s\n' -S "$2"
  fi
}

# Configures (with the options that follow) if need be, and builds one target in a folder. One at a
# time: two builds in one folder would destroy each other's files.
build_target() {
  local build=$1 target=$2
  shift 2
  mkdir -p "$build"
  exec 9>"$build/.lock"
  flock 9
  if (($# > 0)); then
    say "configuring"
    quietly cmake -B "$build" -G Ninja "$@"
  fi
  if (($# == 0)) && [[ -x $build/hearsay ]]; then
    quietly ninja -C "$build" "$target"
  else
    say "building in $build (a few minutes the first time)"
    if [[ -t 2 ]]; then
      ninja -C "$build" "$target" >&2 || exit 1
    else
      quietly ninja -C "$build" "$target"
    fi
  fi
  exec 9>&-
}

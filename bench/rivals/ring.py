"""A ring of processes in torch.distributed with gloo: python3 ring.py NODES D dense|choco ROUNDS.

dense: both neighbours' full vectors, averaged. choco: CHOCO's exchange with top-k 1 %, one vector addition
standing in for the optimizer. Prints milliseconds a round (the slowest node's, after two rounds)."""

import os
import sys
import tempfile
import time

os.environ["GLOO_SOCKET_IFNAME"] = "lo"
os.environ["TORCH_CPP_LOG_LEVEL"] = "ERROR"

import torch
import torch.distributed as dist
import torch.multiprocessing as processes


def node(rank, nodes, d, mode, rounds, meeting):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=nodes)
    left, right = (rank - 1) % nodes, (rank + 1) % nodes
    generator = torch.Generator().manual_seed(rank)
    x = torch.randn(d, generator=generator)
    step = 0.01 * torch.randn(d, generator=generator)
    k = max(1, d // 100)

    def exchange(message, from_left, from_right):
        for work in (
            dist.irecv(from_left, left, tag=1),
            dist.irecv(from_right, right, tag=2),
            dist.isend(message, right, tag=1),
            dist.isend(message, left, tag=2),
        ):
            work.wait()

    if mode == "dense":
        a, b = torch.empty(d), torch.empty(d)

        def one_round():
            exchange(x, a, b)
            x.add_(a).add_(b).mul_(1 / 3).add_(step)

    else:
        public, mixed = torch.zeros(d), torch.zeros(d)
        a, b = torch.empty(2 * k, dtype=torch.int32), torch.empty(2 * k, dtype=torch.int32)

        def one_round():
            difference = x - public
            places = torch.topk(difference.abs(), k, sorted=False).indices
            values = difference[places]
            exchange(torch.cat([values.view(torch.int32), places.int()]), a, b)
            public.index_add_(0, places, values)
            mixed.index_add_(0, places, values, alpha=1 / 3)
            for other in (a, b):
                mixed.index_add_(0, other[k:].long(), other[:k].view(torch.float32), alpha=1 / 3)
            x.add_(mixed - public, alpha=0.5).add_(step)

    with torch.no_grad():
        one_round()
        one_round()
        dist.barrier()
        start = time.perf_counter()
        for _ in range(rounds):
            one_round()
        dist.barrier()
        if rank == 0:
            print((time.perf_counter() - start) / rounds * 1e3, flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    nodes, d, mode, rounds = int(sys.argv[1]), int(float(sys.argv[2])), sys.argv[3], int(sys.argv[4])
    with tempfile.TemporaryDirectory() as folder:
        processes.spawn(node, (nodes, d, mode, rounds, os.path.join(folder, "meeting")), nprocs=nodes)

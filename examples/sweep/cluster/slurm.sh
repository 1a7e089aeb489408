#!/bin/bash
# sbatch slurm.sh: 200 tasks of two cores. --shard auto reads SLURM_ARRAY_TASK_ID, _COUNT, _MIN and _STEP. A task that was
# preempted is queued again and goes on: Slurm sends SIGTERM, at which the blocks in hand are finished.
#SBATCH --job-name=eptsweep
#SBATCH --array=0-199
#SBATCH --cpus-per-task=2
#SBATCH --time=02:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
set -u
srun eptsweep sweep run campaign.yaml -o "$SCRATCH/results" --shard auto --threads "$SLURM_CPUS_PER_TASK" --progress never
# 1: complete, with findings.
test $? -le 1

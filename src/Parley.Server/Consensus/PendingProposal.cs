using Parley.Core;

namespace Parley.Server.Consensus;

internal sealed partial class Proposer
{
    /// <summary>
    /// One command on its way. Its continuations run where it is completed, so only <see cref="Completions"/> (on the
    /// pool) and cancellation complete it: a batch of outcomes costs one work item, not one each.
    /// </summary>
    internal sealed class PendingProposal(Proposer proposer, ulong number, byte[] encoded, long takenAt)
        : TaskCompletionSource<AppliedCommand>
    {
        private CancellationTokenRegistration registration;

        public ulong Number { get; } = number;

        public byte[] Encoded { get; } = encoded;

        /// <summary>Monotonic time stamp.</summary>
        public long TakenAt { get; } = takenAt;

        /// <summary>How often it was handed out and not given back: while above 0 it may be in the log. Only touched
        /// under the proposer's lock, until it is removed from the window.</summary>
        public int HandedOut { get; set; }

        public void Watch(CancellationToken cancellationToken)
        {
            if (!cancellationToken.CanBeCanceled)
            {
                return;
            }

            registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((PendingProposal)state!).Cancel(token), this);
            if (Task.IsCompleted)
            {
                registration.Unregister(); // Completed before it was registered.
            }
        }

        public void Complete(AppliedCommand applied)
        {
            registration.Unregister();
            TrySetResult(applied);
        }

        /// <summary>Not done, for this reason; or nobody knows, when a leader may have it.</summary>
        public void Fail(NotDoneException exception)
        {
            registration.Unregister();
            TrySetException(HandedOut == 0 ? exception : new NotDoneException(
                NotDoneReason.OutcomeUnknown, $"{exception.Message}; the command may still be done"));
        }

        private void Cancel(CancellationToken token) => proposer.Cancel(this, token);
    }

    /// <summary>Outcomes, or one reason for all, on their way to those who wait.</summary>
    private sealed class Completions : IThreadPoolWorkItem
    {
        private const int ChunkMax = 128;

        private readonly List<(PendingProposal Pending, AppliedCommand Applied)> outcomes = [];
        private NotDoneException? exception;

        public static void Hand(List<(PendingProposal Pending, AppliedCommand Applied)> all, NotDoneException? reason)
        {
            for (var first = 0; first < all.Count; first += ChunkMax)
            {
                var chunk = new Completions { exception = reason };
                chunk.outcomes.AddRange(all.GetRange(first, Math.Min(ChunkMax, all.Count - first)));
                ThreadPool.UnsafeQueueUserWorkItem(chunk, preferLocal: false);
            }
        }

        public void Execute()
        {
            foreach (var (pending, applied) in outcomes)
            {
                if (exception is null)
                {
                    pending.Complete(applied);
                }
                else
                {
                    pending.Fail(exception);
                }
            }
        }
    }
}

using Parley.Client.Sending;

namespace Parley.Tests.Client;

/// <summary>Takes changes up to one of them; that and every later one fails, as on a full disk.</summary>
internal sealed class FailingOutbox(int failsAt) : IOutbox
{
    private int changes;

    public void Add(IReadOnlyList<Send> sends) => Change();

    public void Settle(ulong counter)
    {
        // Written with the next change.
    }

    public void Release(ulong counter) => Change();

    public void MoveTo(ulong client, ulong lastCounter, IReadOnlyList<Send> sends) => Change();

    private void Change()
    {
        if (++changes >= failsAt)
        {
            throw new IOException($"change {failsAt} failed");
        }
    }
}

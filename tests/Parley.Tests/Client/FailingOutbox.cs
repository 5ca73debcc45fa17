using System.Runtime.CompilerServices;
using Parley.Client.Sending;

namespace Parley.Tests.Client;

/// <summary>Notes changes up to one of them; that and every later one fails, as on a full disk.</summary>
internal sealed class FailingOutbox(int failsAt) : IOutbox
{
    private readonly List<string> changes = [];

    /// <summary>What was changed, by the names of the methods.</summary>
    public IReadOnlyList<string> Changes => changes;

    public void Add(IReadOnlyList<Send> sends) => Change();

    public void Settle(ulong counter)
    {
        // Written with the next change.
    }

    public void Release(ulong counter) => Change();

    public void MoveTo(ulong client, ulong lastCounter, IReadOnlyList<Send> sends) => Change();

    private void Change([CallerMemberName] string name = "")
    {
        if (changes.Count + 1 >= failsAt)
        {
            throw new IOException($"change {failsAt} failed");
        }

        changes.Add(name);
    }
}

using Parley.Local;

namespace Parley.Tests.Cluster;

/// <summary>alice and bob write to each other, many lines in flight, and read what comes, until told to stop.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly Chatter[] people;
    private readonly Task sending;

    private Load(Chatter alice, Chatter bob, int inFlight)
    {
        people = [alice, bob];
        sending = Task.WhenAll(
            alice.SendUntilAsync("bob", inFlight, stopping.Token),
            bob.SendUntilAsync("alice", inFlight, stopping.Token));
    }

    public static async Task<Load> StartAsync(TestCluster cluster, int inFlight)
    {
        var alice = await cluster.LoginAsync("alice");
        var bob = await cluster.LoginAsync("bob");
        alice.StartReceiving();
        bob.StartReceiving();
        return new Load(alice, bob, inFlight);
    }

    /// <summary>Returns once each person got this many more answers.</summary>
    public async Task AnswersAsync(int more)
    {
        var goals = people.Select(person => person.AcknowledgedCount + more).ToList();
        await Until.TrueAsync(
            _ => sending.IsFaulted
                ? Task.FromException<bool>(sending.Exception!.GetBaseException())
                : Task.FromResult(people.Zip(goals).All(pair => pair.First.AcknowledgedCount >= pair.Second)),
            TestCluster.Patience,
            () => string.Join(", ", people.Select(person => $"{person.Name} had {person.AcknowledgedCount} answers")),
            TestContext.Current.CancellationToken);
    }

    /// <summary>Ends when everything sent was answered.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await sending.WaitAsync(TestCluster.Patience, TestContext.Current.CancellationToken);
    }

    /// <summary>For people to read; figures are judged by bench, not here.</summary>
    public void PrintGap(string fault)
    {
        foreach (var person in people)
        {
            TestCluster.Print(
                $"{fault}: {person.AcknowledgedCount} answered to {person.Name}, "
                + $"longest gap {person.LongestGap.TotalMilliseconds:0} ms");
        }
    }

    public ValueTask DisposeAsync()
    {
        stopping.Dispose();
        return ValueTask.CompletedTask;
    }
}

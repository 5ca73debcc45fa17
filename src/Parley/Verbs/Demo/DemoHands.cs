using System.Globalization;
using Parley.Local;
using Parley.Protocol.Chat.V1;
using Parley.Verbs.Chat;

namespace Parley.Verbs.Demo;

/// <summary>Hurts and heals the demo's servers, and says in plain words what that means for the chat.</summary>
internal sealed class DemoHands(LocalCluster cluster, IChatScreen screen)
{
    private static readonly TimeSpan ElectionMax = TimeSpan.FromSeconds(5);
    private Task last = Task.CompletedTask;

    public Task KillAsync(int id, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        if (!IsThere(id))
        {
            return;
        }

        await cluster.KillAsync(id);
        await TellAsync($"server {id} is dead", cancellationToken);
    });

    public Task PauseAsync(int id, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        if (IsThere(id))
        {
            cluster.Pause(id);
            await TellAsync($"server {id} hangs; its connections look alive", cancellationToken);
        }
    });

    public Task ResumeAsync(string which, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        var paused = cluster.Nodes.Where(node => node.IsPaused).Select(node => node.Id).ToList();
        if (which.Length > 0)
        {
            var id = DemoCommands.IdIn(which);
            if (!cluster.Node(id).IsPaused)
            {
                screen.Line($"server {id} is not paused");
                return;
            }

            paused = [id];
        }

        foreach (var id in paused)
        {
            cluster.Resume(id);
            await TellAsync($"server {id} goes on", cancellationToken);
        }
    });

    public Task RestartAsync(int id, CancellationToken cancellationToken) => InTurnAsync(async () =>
    {
        var node = cluster.Node(id);
        var standing = Standing() + (node.IsRunning && !node.IsPaused ? 0 : 1);
        if (standing < cluster.Majority)
        {
            // Too few to serve: it must not be waited for.
            if (node.IsRunning)
            {
                await cluster.KillAsync(id);
            }

            cluster.Start(id);
            await TellAsync($"server {id} runs again", cancellationToken);
            return;
        }

        screen.Note($"starting server {id} again");
        await cluster.RestartAsync(id, cancellationToken);
        await TellAsync($"server {id} runs again, from its own disk, and caught up", cancellationToken);
    });

    public async Task ShowAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(cluster.Nodes.Select(async node => (
            Node: node,
            Report: node.IsRunning && !node.IsPaused
                ? await cluster.StatusOfAsync(node.Id, cancellationToken)
                : null)));
        foreach (var (node, report) in answers)
        {
            screen.Line(string.Create(
                CultureInfo.InvariantCulture, $"  {node.Id}  {node.ClientAddress}  {Describe(node, report)}"));
        }
    }

    private static async Task AfterAsync(Task before, Func<Task> work)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await work();
    }

    private static string Describe(LocalNode node, GetClusterResponse? report) => (node, report) switch
    {
        ({ IsRunning: false }, _) => "dead",
        ({ IsPaused: true }, _) => "hangs (SIGSTOP)",
        (_, null) => "does not answer",
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"{(report.Role == NodeRole.Leader ? "LEADER" : report.Role.ToString().ToLowerInvariant())}, "
            + $"term {report.Term}, has applied #{report.AppliedIndex}, process {node.ProcessId}"),
    };

    // One at a time, in the order they were typed.
    private Task InTurnAsync(Func<Task> work)
    {
        last = AfterAsync(last, work);
        return last;
    }

    private int Standing() => cluster.Nodes.Count(node => node.IsRunning && !node.IsPaused);

    private bool IsThere(int id)
    {
        var node = cluster.Node(id);
        if (!node.IsRunning || node.IsPaused)
        {
            screen.Line($"server {id} {(node.IsRunning ? "hangs" : "is dead")} already");
            return false;
        }

        return true;
    }

    private async Task TellAsync(string what, CancellationToken cancellationToken)
    {
        var standing = Standing();
        if (standing < cluster.Majority)
        {
            screen.Note($"{what}. {standing} of {cluster.Size} are left: no majority. Nothing is accepted, nothing is "
                + "lost; what you type waits until you /restart or /resume one");
            return;
        }

        var begin = TimeProvider.System.GetTimestamp();
        var leader = await Until.FoundAsync(
            FindLeaderAsync, ElectionMax, () => "no server led", cancellationToken);
        var took = TimeProvider.System.GetElapsedTime(begin).TotalSeconds;
        screen.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}. {standing} of {cluster.Size} stand; {leader} leads (found {took:0.0} s later)"));
    }

    // A leader is one that a majority of those who stand follow: a paused one may not know yet that it is deposed.
    private async Task<string?> FindLeaderAsync(CancellationToken cancellationToken)
    {
        var standing = cluster.Nodes.Where(node => node.IsRunning && !node.IsPaused).ToList();
        var answers = await Task.WhenAll(standing.Select(node => cluster.StatusOfAsync(node.Id, cancellationToken)));
        var agreed = answers.OfType<GetClusterResponse>()
            .Where(answer => standing.Exists(node => node.Id == answer.Leader))
            .CountBy(answer => answer.Leader)
            .FirstOrDefault(leader => leader.Value >= cluster.Majority);
        return agreed.Value == 0 ? null : $"server {agreed.Key}";
    }
}

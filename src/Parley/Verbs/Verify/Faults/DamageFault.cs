using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>
/// Files of nodes are damaged while these are off. A node that starts on them must refuse and say so, or recover from
/// its log; the checkers find one that served something else. Healed by putting the good files back.
/// </summary>
internal sealed class DamageFault(LocalCluster cluster, Setting setting) : IFault
{
    private const int AnswersBetween = 50;
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);
    private readonly AnswerBook answers = setting.Answers;
    private readonly ForcedSnapshot snapshot = new(cluster, setting);
    private readonly HashSet<int> refused = [];

    public string Describe(FaultPlan plan) => DamageOf(plan).Words;

    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        var damage = DamageOf(plan);
        await KillAsync(plan, victims, cancellationToken);
        switch (damage.Needs)
        {
            case DamageNeeds.OldLog or DamageNeeds.OldState:
                await KeepOldAsync(plan, victims, damage.Needs, cancellationToken);
                break;
            case DamageNeeds.Install:
                await InstallAsync(plan, victims, cancellationToken);
                break;
            case DamageNeeds.GivenSnapshot:
                await snapshot.FillAsync(cancellationToken);
                await snapshot.SpoilGivenAsync(victims[0], cancellationToken);
                break;
            default:
                break;
        }

        if (damage.Needs is DamageNeeds.Install or DamageNeeds.GivenSnapshot)
        {
            // One is enough for these; the others come back as they are.
            await StartAsync([.. victims.Skip(1)], cancellationToken);
            victims = [victims[0]];
        }

        if (damage.Needs == DamageNeeds.GivenSnapshot)
        {
            return;
        }

        foreach (var id in victims)
        {
            var data = cluster.DataDirectoryOf(id);
            await SystemCommand.RunAsync("cp", "-a", data, GoodOf(data));
            damage.Do(data);
            // Nobody else syncs what was put there, and a loss of power may be the next fault.
            await SystemCommand.RunAsync("sync", "-f", data);
            cluster.Start(id);
        }

        foreach (var id in victims)
        {
            Judge(id, damage, await EndAsync(id, cancellationToken));
        }
    }

    public async Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        foreach (var id in victims)
        {
            var data = cluster.DataDirectoryOf(id);
            if (refused.Remove(id))
            {
                Directory.Delete(data, recursive: true);
                Directory.Move(GoodOf(data), data);
                // A loss of power may come next, and the node never wrote these files itself.
                await SystemCommand.RunAsync("sync", "-f", data);
                cluster.Start(id);
            }
            else if (Directory.Exists(GoodOf(data)))
            {
                Directory.Delete(GoodOf(data), recursive: true);
            }
        }
    }

    private static Damage DamageOf(FaultPlan plan) => Damage.All[plan.Shape % Damage.All.Count];

    private static string GoodOf(string data) => $"{data}.good";

    private async Task KillAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        await answers.AtAnswerAsync(
            plan.AtAnswer,
            () =>
            {
                foreach (var id in victims)
                {
                    cluster.Node(id).Kill();
                }
            },
            cancellationToken);
        await Task.WhenAll(victims.Select(id => cluster.Node(id).WaitForExitAsync(cancellationToken)));
    }

    /// <summary>Copies logs or states, then lets the nodes go on for a while: what they promise meanwhile is not in the
    /// copy.</summary>
    private async Task KeepOldAsync(
        FaultPlan plan, IReadOnlyList<int> victims, DamageNeeds kept, CancellationToken cancellationToken)
    {
        foreach (var id in victims)
        {
            var data = cluster.DataDirectoryOf(id);
            await (kept == DamageNeeds.OldLog
                ? SystemCommand.RunAsync("cp", "-a", Path.Combine(data, "log"), Damage.OldLogOf(data))
                : KeepStateAsync(data));
        }

        await StartAsync(victims, cancellationToken);
        await answers.AtAnswerAsync(AnswersBetween, () => { }, cancellationToken);
        await KillAsync(plan, victims, cancellationToken);
    }

    /// <summary>The first victim is given a snapshot, and dies: with its old state and the snapshot beside it, it is as
    /// if it had died before one took the place of the other.</summary>
    private async Task InstallAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        var data = cluster.DataDirectoryOf(victims[0]);
        await KeepStateAsync(data);
        await snapshot.FillAsync(cancellationToken);
        await StartAsync([victims[0]], cancellationToken);
        await KillAsync(plan, [victims[0]], cancellationToken);
        var made = snapshot.FindNewest();
        var name = Path.GetFileName(made).Replace(
            ForcedSnapshot.MadePrefix, ForcedSnapshot.FetchedPrefix, StringComparison.Ordinal);
        await SystemCommand.RunAsync("cp", "-a", made, Path.Combine(Damage.OldStateOf(data), name));
    }

    private static async Task KeepStateAsync(string data)
    {
        Directory.CreateDirectory(Damage.OldStateOf(data));
        await SystemCommand.RunAsync("cp", ["-a", .. Damage.StateFiles(data), Damage.OldStateOf(data)]);
    }

    private Task StartAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            cluster.Start(id);
        }

        return cluster.WaitUntilServingAsync(ids, StartMax, cancellationToken);
    }

    // Null: it serves.
    private async Task<int?> EndAsync(int id, CancellationToken cancellationToken)
    {
        try
        {
            await cluster.WaitUntilServingAsync([id], StartMax, cancellationToken);
            return null;
        }
        catch (VerbFailedException)
        {
            return await cluster.Node(id).WaitForExitAsync(cancellationToken);
        }
    }

    private void Judge(int id, Damage damage, int? exitCode)
    {
        var node = cluster.Node(id);
        if (exitCode is not (null or ExitCodes.DataDirectoryRefused))
        {
            throw new FaultFailedException(
                $"node {id} with {damage.Words} ended with {exitCode}, {ExitCodes.DataDirectoryRefused} was expected");
        }

        var mustRefuse = damage.End == DamageEnd.Refused;
        if (damage.End != DamageEnd.Either && mustRefuse == (exitCode is null))
        {
            throw new FaultFailedException(
                $"node {id} with {damage.Words}: {damage.End} was expected, it "
                + (exitCode is null ? "serves" : $"refused: {node.LastWords()}"));
        }

        if (exitCode is null)
        {
            return;
        }

        refused.Add(id);
        if (!node.LastWords().Contains("parley: ", StringComparison.Ordinal))
        {
            throw new FaultFailedException($"node {id} with {damage.Words} refused without a word: {node.LastWords()}");
        }
    }
}

using System.Globalization;
using Parley.Core;
using Parley.Core.Agreement;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>Compares this node's state with the others' while they run, and ends the process when a majority agrees on
/// another one: whoever asks it would be told what is not so. Thread-safe.</summary>
internal sealed class DigestWatch(ServerOptions options)
{
    private readonly DigestBook book = new(options.Id);
    private readonly Lock gate = new();
    private volatile DigestVerdict verdict = new(null, 0, []);
    private volatile IReadOnlyList<DigestMark> report = [];

    /// <summary>What is told to the other nodes.</summary>
    public IReadOnlyList<DigestMark> Report => report;

    /// <summary>The highest index at which a majority, this node among it, has one digest; 0 for none.</summary>
    public long AgreedIndex => verdict.AgreedIndex;

    /// <summary>Whether this state may be handed to other nodes: not while another contradicts and no majority says who
    /// is right, for a copy of it would make one.</summary>
    public bool MayBeCopied => !verdict.IsDisputed;

    /// <summary>The state stands at this index.</summary>
    public void Noted(long index, StateDigest digest) => book.Noted(index, digest);

    /// <summary>A snapshot took the place of the state.</summary>
    public void StateReplaced(long index, StateDigest digest)
    {
        book.StateReplaced();
        book.Noted(index, digest);
    }

    /// <summary>Another node said so, on a stream that was checked.</summary>
    public void Told(NodeId from, long index, StateDigest digest) => book.Told(from.Value, index, digest);

    /// <summary>Another data directory, or none, has this id now.</summary>
    public void Forget(NodeId node) => book.Forget(node.Value);

    /// <summary>Judges what is known, and makes the next report. From a timer.</summary>
    /// <exception cref="StateDivergedException">This node's state is the wrong one, which is on disk now: the process
    /// must end.</exception>
    public void Look(Membership membership)
    {
        var voters = membership.Members.Where(member => member.IsVoter).Select(member => member.Id.Value).ToList();
        var judged = book.Judge(voters);
        verdict = judged;
        report = book.Report();
        if (judged.Divergence is { } divergence)
        {
            lock (gate)
            {
                throw new StateDivergedException(WriteDown(Describe(divergence)));
            }
        }
    }

    /// <summary>One sentence for each member whose state is another.</summary>
    public IEnumerable<string> Warn(IReadOnlyList<Member> members) =>
        from node in verdict.Differing
        where members.Any(member => member.Id.Value == node.Node)
        select node.IsOutvoted
            ? Say($"node {node.Node}: its state differs from the majority's since entry {node.FirstIndex} at the ")
                + "latest; it stops by itself, keep its files for a look and replace it"
            : Say($"the states of node {options.Id} and node {node.Node} differ since entry {node.FirstIndex} at the ")
                + "latest, and no majority says which is right: start the missing nodes, keep the files of both";

    /// <summary>The process ends with or without the file: it only keeps the next one from starting.</summary>
    private string WriteDown(string sentence)
    {
        var advice = $"{sentence}. What to do: {DivergenceFile.WhatToDo(options.Id)}";
        try
        {
            DivergenceFile.Write(options.DataDirectory, sentence);
            return advice;
        }
        catch (StorageFailedException failure)
        {
            return $"{advice} (the file {DivergenceFile.Name} that forbids its use could not be written: "
                + $"{failure.Message})";
        }
    }

    private static string Describe(DigestDivergence divergence) =>
        Say($"at entry {divergence.Index} this node's state has digest {divergence.Own}, a majority of the voters has ")
        + Say($"{divergence.Majority} (")
        + (divergence.AgreedIndex > 0
            ? Say($"they agreed at entry {divergence.AgreedIndex})")
            : "they never agreed since this process started)");

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>This node's state is not the cluster's: the process must end, and its files are not to be used again.
/// </summary>
internal sealed class StateDivergedException(string message) : Exception(message);

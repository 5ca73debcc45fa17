namespace Parley.Verify.Checkers;

/// <summary>C16 and C17: what is shown of messages that were edited or deleted, on streams, by reads and searches, and
/// by every node at the end.</summary>
/// <remarks>What was answered before an observation could begin must be in it: a read or search began then, a stream of
/// a session that logged in then. Of a read by a client that has seen a part of the log, what that part holds: another
/// client's changes may be behind it. Between two changes that ran at once, or whose outcome nobody knows, either may
/// be the later one.</remarks>
internal static class ChangeChecker
{
    /// <summary>C16: of what was answered as deleted no text is shown any more, nothing edits it, and nothing is shown
    /// or told as deleted that nobody asked to delete.</summary>
    public static Verdict DeletedStays(History history)
    {
        var changes = new MessageChanges(history);
        var violations = new List<string>();
        var judged = 0;
        foreach (var sight in Sight.AllOf(history))
        {
            var deletions = changes.Of(sight.Place).Where(change => change is { IsDeletion: true, IsRefused: false });
            judged += sight.IsDeleted || deletions.Any() ? 1 : 0;
            if (sight.IsDeleted)
            {
                if (sight.Text.Length > 0 || !deletions.Any(deletion => deletion.BeginUs <= sight.AtUs))
                {
                    violations.Add(
                        $"{sight.Where}: {sight.Place} is deleted (\"{sight.Text}\"), which nobody asked for");
                }
            }
            else if (deletions.FirstOrDefault(sight.MustHold) is { } done)
            {
                violations.Add($"{sight.Where}: {sight.Place} says \"{sight.Text}\", but its deletion was answered at "
                    + $"{done.DoneUs} us");
            }
        }

        violations.AddRange(
            from sights in Sight.OfStreams(history)
            let first = sights.FirstOrDefault(sight => sight.IsDeleted)
            where first is not null
            from back in sights.Where(sight => !sight.IsDeleted && sight.AtUs > first.AtUs).Take(1)
            select $"{back.Where}: {back.Place} says \"{back.Text}\", but was told as deleted there before");
        violations.AddRange(
            from edit in changes.All
            where edit is { IsDeletion: false, DoneUs: not null }
                && changes.Of(edit.Place).Any(other => other.IsDeletion && other.DoneUs < edit.BeginUs)
            select $"{edit.Place} was edited to \"{edit.Text}\" after its deletion was answered");
        violations.AddRange(
            from pair in Operations.Pair(history, HistoryKind.Edit)
            where pair.End is { Error: "MESSAGE_DELETED" }
                && !changes.Of(MessagePlace.Of(pair.Invoke)).Any(other =>
                    other is { IsDeletion: true, IsRefused: false } && other.BeginUs <= pair.End.AtUs)
            select $"{pair.Invoke.Client} was told that {MessagePlace.Of(pair.Invoke)} is deleted, which nobody asked "
                + "for");
        return new() { Property = Property.DeletedStays, Judged = judged, Violations = violations };
    }

    /// <summary>C17: what is shown is what was sent or an edit, and no other one was answered that began after it was
    /// done; who asks again for a change that was answered is answered the same.</summary>
    public static Verdict LastEditStands(History history)
    {
        var changes = new MessageChanges(history);
        var violations = new List<string>();
        var judged = 0;
        foreach (var sight in Sight.AllOf(history).Where(sight => !sight.IsDeleted))
        {
            var edits = changes.Of(sight.Place)
                .Where(change => change is { IsDeletion: false, IsRefused: false })
                .ToList();
            if (changes.FindSent(sight.Place) is not { } sent)
            {
                continue;
            }

            judged++;
            if (FindDone(sight, sent, edits) is not { } doneUs)
            {
                violations.Add($"{sight.Where}: {sight.Place} says \"{sight.Text}\", which nobody wrote there");
            }
            else if (edits.Find(edit => edit.BeginUs > doneUs && sight.MustHold(edit)) is { } later)
            {
                violations.Add($"{sight.Where}: {sight.Place} says \"{sight.Text}\", but \"{later.Text}\" was "
                    + $"answered at {later.DoneUs} us");
            }
        }

        violations.AddRange(Sight.OfStreams(history).SelectMany(sights => WentBack(changes, sights)));
        violations.AddRange(AnsweredOtherwise(history));
        violations.AddRange(NodesThatDiffer(history));
        return new() { Property = Property.LastEditStands, Judged = judged, Violations = violations };
    }

    /// <summary>One client was told of an edit, and later of one that was done before that began: each stream begins
    /// where the state is at least as new as on the one before, for its opening is an entry of the log.</summary>
    private static IEnumerable<string> WentBack(MessageChanges changes, IEnumerable<Sight> sights)
    {
        ChangeFact? newest = null;
        foreach (var sight in sights.Where(sight => !sight.IsDeleted))
        {
            var edit = changes.Of(sight.Place).FirstOrDefault(
                change => !change.IsDeletion && string.Equals(change.Text, sight.Text, StringComparison.Ordinal));
            if (newest is not null && (edit is null || edit.DoneUs < newest.BeginUs))
            {
                yield return $"{sight.Where}: {sight.Place} says \"{sight.Text}\", but \"{newest.Text}\" was told "
                    + "there before";
            }

            newest = edit ?? newest;
        }
    }

    /// <summary>When the text that is seen was surely there; <see cref="long.MaxValue"/>: nobody knows whether or when
    /// its edit is done; null: it is no text of that message.</summary>
    private static long? FindDone(Sight sight, string sent, List<ChangeFact> edits)
    {
        if (string.Equals(sight.Text, sent, StringComparison.Ordinal))
        {
            return long.MinValue;
        }

        return edits.Find(edit => edit.BeginUs <= sight.AtUs
            && string.Equals(edit.Text, sight.Text, StringComparison.Ordinal)) is { } edit
                ? edit.DoneUs ?? long.MaxValue
                : null;
    }

    private static IEnumerable<string> AnsweredOtherwise(History history) =>
        from kind in (HistoryKind[])[HistoryKind.Edit, HistoryKind.Erase]
        from same in Operations.Pair(history, kind)
            .Where(pair => pair is { Invoke.RequestId: not null, End: not null })
            .GroupBy(pair => pair.Invoke.RequestId)
        from again in same
        where again.End is { Phase: HistoryPhase.Fail, Error: not "SESSION_ENDED" }
            && same.Any(first => first.End is { Phase: HistoryPhase.Ok } && first.End.AtUs < again.Invoke.AtUs)
        select $"the {kind} of {MessagePlace.Of(again.Invoke)} by {again.Invoke.Account} was answered, and asked for "
            + $"again it was refused ({again.End.Error})";

    /// <summary>Nodes have come together: of two edits that ran at once the same one is the later on all.</summary>
    private static IEnumerable<string> NodesThatDiffer(History history) =>
        from read in history.Reads
        from message in read.Messages
        group (read.Node, Says: message.Deleted == true ? "(deleted)" : $"\"{message.Text}\"")
            by new MessagePlace(read.Conversation, message.Sequence)
        into said
        where said.Select(one => one.Says).Distinct(StringComparer.Ordinal).Skip(1).Any()
        let found = string.Join(", ", said.Distinct().Select(one => $"{one.Says} on node {one.Node}"))
        select $"{said.Key} says {found}; the same was expected on all";

    /// <summary>Somebody was shown a message.</summary>
    /// <param name="Place">Which.</param>
    /// <param name="Text">What it said.</param>
    /// <param name="IsDeleted">It was a tombstone.</param>
    /// <param name="SinceUs">Whatever was answered before is in it, up to the index seen.</param>
    /// <param name="SeenIndex">Null: all of the log that was there.</param>
    /// <param name="AtUs">When it was there.</param>
    /// <param name="Where">By what.</param>
    private sealed record Sight(
        MessagePlace Place, string Text, bool IsDeleted, long SinceUs, long? SeenIndex, long AtUs, string Where)
    {
        /// <summary>It was done before this could be shown, and this is as new.</summary>
        public bool MustHold(ChangeFact change) =>
            change.DoneUs < SinceUs && (SeenIndex is not { } seen || change.LogIndex is not { } index || index <= seen);

        /// <summary>What each life of each client was told by its streams of each message, in order.</summary>
        public static IEnumerable<List<Sight>> OfStreams(History history) =>
            from line in history.Events
            where line.Kind is HistoryKind.Receive or HistoryKind.Changed
            orderby line.AtUs
            group new Sight(
                MessagePlace.Of(line),
                line.Text ?? "",
                line.Deleted == true,
                SinceUs: 0,
                SeenIndex: null,
                line.AtUs,
                $"the stream of {line.Client}")
                by (line.Client, MessagePlace.Of(line))
            into sights
            where sights.Skip(1).Any()
            select sights.ToList();

        public static IEnumerable<Sight> AllOf(History history)
        {
            var logins = Operations.Pair(history, HistoryKind.Login)
                .GroupBy(pair => pair.Invoke.Client, StringComparer.Ordinal)
                .ToDictionary(pairs => pairs.Key, pairs => pairs.First().Invoke.AtUs, StringComparer.Ordinal);
            return history.Events
                .Where(line => line.Kind is HistoryKind.Receive or HistoryKind.Changed or HistoryKind.Shown)
                .Select(line => new Sight(
                    MessagePlace.Of(line),
                    line.Text ?? "",
                    line.Deleted == true,
                    line.SinceUs ?? logins.GetValueOrDefault(line.Client),
                    line.SeenIndex,
                    line.AtUs,
                    line.Kind == HistoryKind.Shown
                        ? $"a page or search of {line.Client}"
                        : $"the stream of {line.Client}"))
                .Concat(history.Reads.SelectMany(read => read.Messages.Select(message => new Sight(
                    new(read.Conversation, message.Sequence),
                    message.Text,
                    message.Deleted == true,
                    long.MaxValue,
                    SeenIndex: null,
                    long.MaxValue,
                    $"node {read.Node}, read by {read.Account}"))));
        }
    }
}

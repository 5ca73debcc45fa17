using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;

namespace Parley.Server.Presence;

/// <summary>Answers who is there, to those who may know.</summary>
internal sealed class PresenceLookup(PresenceBook book, NodeView view, StateAccess state)
{
    /// <summary>Of each of these names, in order.</summary>
    /// <param name="asker">The account that asks.</param>
    /// <param name="names">Lower-case; of an account or not.</param>
    public IEnumerable<PersonPresence> Find(long asker, IReadOnlyList<string> names)
    {
        var numbers = names.Select(name => state.Directory.FindAccount(name)?.Number ?? 0).ToList();
        var known = state.Read(reader => reader.FindAcquaintances(asker, numbers));
        var isAllHeard = IsAllHeard();
        return names.Zip(numbers, (name, account) => known.Contains(account)
            ? Find(name, account, isAllHeard)
            : new PersonPresence { Name = name });
    }

    private PersonPresence Find(string name, long account, bool isAllHeard)
    {
        var isLoggedIn = state.Directory.FindAccount(account) is { LiveSession: not 0 };
        var (found, seenAgo) = book.Look(account).Judge(isLoggedIn, isAllHeard);
        var person = new PersonPresence { Name = name, State = found };
        if (seenAgo is { } ago)
        {
            person.SeenMinutesAgo = (long)ago.TotalMinutes;
        }

        return person;
    }

    /// <summary>This node serves, and every member it reaches has told it who is there. A member that it does not
    /// reach, and a majority does without, is left by its clients: what it told before is doubted for a while, and if
    /// it has told nothing since this node started, everybody is.</summary>
    private bool IsAllHeard()
    {
        var picture = view.Current;
        var others = picture.Members
            .Where(member => member.Id != picture.Self)
            .ToLookup(member => member.IsReachable, member => member.Id);
        return picture.IsServing && book.HaveAllTold(others[true]) && book.HaveAllToldOnce(others[false]);
    }
}

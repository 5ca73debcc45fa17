namespace Parley.Server.Presence;

/// <summary>When somebody was seen, and acted, for the last time: of a bounded number of accounts. Under the lock of
/// its book.</summary>
internal sealed class SeenPeople(int accountsMax)
{
    private readonly Dictionary<long, SeenPerson> people = [];

    public SeenPerson? Find(long account) => people.TryGetValue(account, out var person) ? person : null;

    /// <summary>It acted then: what is known already and later stays. Of whom no stream is remembered, nothing is: an
    /// act does not say whether they hide.</summary>
    public void NoteAct(long account, TimeSpan at)
    {
        if (people.TryGetValue(account, out var person) && (person.ActedAt is not { } before || before < at))
        {
            people[account] = person with { ActedAt = at, SeenAt = person.SeenAt < at ? at : person.SeenAt };
        }
    }

    /// <summary>It has a stream open then. To be noted before an act of the same moment, which is remembered of known
    /// people alone.</summary>
    public void NoteHere(long account, TimeSpan at, bool isHidden)
    {
        if (people.TryGetValue(account, out var person))
        {
            people[account] = person with { SeenAt = person.SeenAt < at ? at : person.SeenAt, IsHidden = isHidden };
        }
        else
        {
            Add(account, new SeenPerson(ActedAt: null, at, isHidden));
        }
    }

    /// <summary>Of too many, the half that was seen longest ago is forgotten: so this is rare.</summary>
    private void Add(long account, SeenPerson person)
    {
        if (people.Count >= accountsMax)
        {
            var oldest = people.OrderBy(each => each.Value.SeenAt).Take((people.Count / 2) + 1)
                .Select(each => each.Key).ToList();
            oldest.ForEach(each => people.Remove(each));
        }

        people.Add(account, person);
    }
}

/// <summary>When somebody was seen, by the clock of the book.</summary>
/// <param name="ActedAt">When it acted last; null: not known.</param>
/// <param name="SeenAt">When it acted, or had a stream open.</param>
/// <param name="IsHidden">Its last stream does not want to be seen.</param>
internal readonly record struct SeenPerson(TimeSpan? ActedAt, TimeSpan SeenAt, bool IsHidden);

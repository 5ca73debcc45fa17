using Parley.Raft;

namespace Parley.Server.Nodes;

/// <summary>
/// Nodes of this cluster that talk to this one and are no members as far as it knows: a leader or a candidate whose
/// membership is newer, or one that left and has not heard of it. They are answered for as long as they talk; of
/// several data directories under one id, the one that came last. Thread-safe.
/// </summary>
internal sealed class Guests : IDisposable
{
    /// <summary>Further ones are heard and not answered.</summary>
    private const int LinksMax = 16;

    private readonly Lock gate = new();
    private readonly Dictionary<NodeKey, (int Count, Func<PeerLink?> Connect)> streams = [];
    private readonly Dictionary<NodeId, PeerLink> links = [];

    /// <summary>A node opened a stream to this one.</summary>
    /// <param name="key">Which.</param>
    /// <param name="connect">Makes a link to it; null: it is a member, or says no address.</param>
    /// <returns>Disposed when that stream ends.</returns>
    public IDisposable Arrived(NodeKey key, Func<PeerLink?> connect)
    {
        lock (gate)
        {
            streams[key] = (streams.GetValueOrDefault(key).Count + 1, connect);
            if (links.GetValueOrDefault(key.Id) is { } other && other.Key != key)
            {
                Drop(other.Key);
            }

            FindOrConnect(key);
        }

        return new Visit(this, key);
    }

    /// <summary>What was a member is none any more: its link stays while it talks to this node.</summary>
    public void Keep(PeerLink link)
    {
        lock (gate)
        {
            if (links.Count >= LinksMax || !streams.ContainsKey(link.Key) || !links.TryAdd(link.Key.Id, link))
            {
                link.Dispose();
            }
        }
    }

    /// <summary>Members have links of their own.</summary>
    public void MembersAre(Membership current)
    {
        lock (gate)
        {
            foreach (var member in current.Members)
            {
                Drop(member.Key);
            }
        }
    }

    /// <summary>Whether it has a stream open to this node, member or not.</summary>
    public bool IsHere(NodeKey key)
    {
        lock (gate)
        {
            return streams.ContainsKey(key);
        }
    }

    /// <summary>The link to a guest, made now if there was no room for it before.</summary>
    public PeerLink? Find(NodeKey key)
    {
        lock (gate)
        {
            return FindOrConnect(key);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (var link in links.Values.ToList())
            {
                Drop(link.Key);
            }
        }
    }

    private PeerLink? FindOrConnect(NodeKey key)
    {
        if (!links.TryGetValue(key.Id, out var link) && links.Count < LinksMax
            && streams.TryGetValue(key, out var stream))
        {
            link = stream.Connect();
            if (link is not null)
            {
                links.Add(key.Id, link);
            }
        }

        return link?.Key == key ? link : null;
    }

    private void Left(NodeKey key)
    {
        lock (gate)
        {
            var (count, connect) = streams[key];
            if (count > 1)
            {
                streams[key] = (count - 1, connect);
                return;
            }

            streams.Remove(key);
            Drop(key);
        }
    }

    private void Drop(NodeKey key)
    {
        if (links.TryGetValue(key.Id, out var link) && link.Key == key)
        {
            links.Remove(key.Id);
            link.Dispose();
        }
    }

    private sealed class Visit(Guests guests, NodeKey key) : IDisposable
    {
        private bool isOver;

        public void Dispose()
        {
            if (!isOver)
            {
                isOver = true;
                guests.Left(key);
            }
        }
    }
}

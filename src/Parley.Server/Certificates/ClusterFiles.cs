namespace Parley.Server.Certificates;

/// <summary>
/// The directory that <c>cluster init</c> writes: the authority, and a bundle for each node. A change of authority has
/// two steps with one distribution of bundles each, in any order among the nodes: first the new one makes the
/// certificates, carries its predecessor's word for it, and both count; then the new one alone counts.
/// </summary>
internal static class ClusterFiles
{
    /// <summary>A new authority and its bundles.</summary>
    public static AuthorityFile Create(
        string directory, string name, IReadOnlyList<BundleMember> members, DateTimeOffset now)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(directory, OwnerOnly);
        using var authority = ClusterAuthority.Create(now);
        return Write(
            directory,
            new AuthorityFile
            {
                Format = AuthorityFile.FormatName,
                Cluster = authority.Cluster,
                Name = name,
                Members = members,
                Certificate = authority.CertificatePem,
                Key = authority.KeyPem,
            },
            now);
    }

    /// <summary>New bundles for these members, by the authority that is there, or a new one.</summary>
    public static AuthorityFile CreateOrRenew(
        string directory, string name, IReadOnlyList<BundleMember> members, DateTimeOffset now) =>
        File.Exists(PathOf(directory))
            ? Write(directory, AuthorityFile.Load(PathOf(directory)) with { Members = members }, now)
            : Create(directory, name, members, now);

    /// <summary>New bundles by the authority that is there.</summary>
    /// <exception cref="BundleRefusedException">There is none.</exception>
    public static AuthorityFile Renew(string directory, DateTimeOffset now) =>
        Write(directory, AuthorityFile.Load(PathOf(directory)), now);

    /// <summary>New bundles that name these members no more; theirs are removed. Nobody is stopped by it: a list says
    /// where to look, and who is a member the log of the cluster says.</summary>
    /// <exception cref="BundleRefusedException">There is no authority, or its list is not so.</exception>
    public static AuthorityFile Drop(string directory, IReadOnlyList<int> ids, DateTimeOffset now)
    {
        var path = PathOf(directory);
        var before = AuthorityFile.Load(path);
        var named = before.Members.Select(member => member.Id).ToList();
        var left = before.Members.Where(member => !ids.Contains(member.Id)).ToList();
        if (left.Count == 0 || ids.Except(named).Any())
        {
            throw new BundleRefusedException(
                $"{path}: some of the nodes {string.Join(", ", named)} expected to drop, "
                + $"{string.Join(", ", ids)} found");
        }

        // First: when this is interrupted, it can be given again.
        foreach (var id in ids)
        {
            File.Delete(Path.Combine(directory, NodeBundle.FileNameOf(id)));
        }

        return Write(directory, before with { Members = left }, now);
    }

    /// <summary>A new authority, its bundles, and the old one's word for it. The old key is not kept.</summary>
    /// <exception cref="BundleRefusedException">There is none, or its predecessor counts still.</exception>
    public static AuthorityFile ReplaceAuthority(string directory, DateTimeOffset now)
    {
        var path = PathOf(directory);
        var file = AuthorityFile.Load(path);
        if (file.Predecessor is not null)
        {
            throw new BundleRefusedException(
                $"{path}: a change of authority under way found, none expected; if making it was interrupted, 'parley "
                + "cluster renew' makes its bundles again; when all nodes have theirs, 'parley cluster renew "
                + "--retire-old' ends it");
        }

        using var old = ClusterAuthority.Load(file.Cluster, file.Certificate, file.Key);
        if (!old.MayCertifyAnother)
        {
            throw new BundleRefusedException(
                $"{path}: an authority that may certify another one expected, one of an earlier version found; "
                + "it can only be left by a new cluster");
        }

        using var authority = ClusterAuthority.CreateFor(file.Cluster, now);
        return Write(
            directory,
            file with
            {
                Certificate = authority.CertificatePem,
                Key = authority.KeyPem,
                Predecessor = file.Certificate,
                PredecessorsWord = old.Endorse(authority, now),
            },
            now);
    }

    /// <summary>New bundles for which the predecessor counts no more.</summary>
    /// <exception cref="BundleRefusedException">There is no predecessor.</exception>
    public static AuthorityFile RetirePredecessor(string directory, DateTimeOffset now)
    {
        var file = AuthorityFile.Load(PathOf(directory));
        return file.Predecessor is not null
            ? Write(directory, file with { Predecessor = null, PredecessorsWord = null }, now)
            : throw new BundleRefusedException(
                $"{PathOf(directory)}: a change of authority under way expected, none found: it has ended (if its end "
                + "was interrupted, 'parley cluster renew' makes the last bundles again), or never began ('parley "
                + "cluster renew --authority' begins one)");
    }

    /// <summary>A bundle for one more member, which the others' need not name.</summary>
    /// <exception cref="BundleRefusedException">There is no authority, or its list has that id or an address of it.
    /// </exception>
    public static AuthorityFile Add(string directory, BundleMember member, DateTimeOffset now)
    {
        var before = AuthorityFile.Load(PathOf(directory));
        if (before.Members.FirstOrDefault(other => Clashes(other, member)) is { } found)
        {
            throw new BundleRefusedException(
                $"{PathOf(directory)}: a node with an id and addresses of its own expected, node {found.Id} at "
                + $"{found.Client} and {found.Node} found; 'parley cluster renew' makes the bundles of those that are "
                + $"named again, with --drop {found.Id} without that one");
        }

        var file = before with { Members = [.. before.Members.Append(member).OrderBy(one => one.Id)] };
        using var authority = ClusterAuthority.Load(file.Cluster, file.Certificate, file.Key);
        file.Save(PathOf(directory));
        Issue(directory, file, authority, member, now);
        return file;
    }

    private static bool Clashes(BundleMember one, BundleMember other)
    {
        string[] addresses = [one.Client, one.Node];
        return one.Id == other.Id || addresses.Contains(other.Client) || addresses.Contains(other.Node);
    }

    private static string PathOf(string directory) => Path.Combine(directory, AuthorityFile.FileName);

    /// <summary>The authority first: what is lost after it is made again by <see cref="Renew"/>.</summary>
    private static AuthorityFile Write(string directory, AuthorityFile file, DateTimeOffset now)
    {
        using var authority = ClusterAuthority.Load(file.Cluster, file.Certificate, file.Key);
        file.Save(PathOf(directory));
        foreach (var member in file.Members)
        {
            Issue(directory, file, authority, member, now);
        }

        return file;
    }

    private static void Issue(
        string directory, AuthorityFile file, ClusterAuthority authority, BundleMember member, DateTimeOffset now)
    {
        var (certificate, key) = authority.Issue(
            member.Id,
            $"{file.PredecessorsWord}\n{file.Predecessor}",
            now,
            member.Client[..member.Client.LastIndexOf(':')].Trim('[', ']'));
        new NodeBundle
        {
            Format = NodeBundle.FormatName,
            Cluster = file.Cluster,
            Name = file.Name,
            Node = member.Id,
            Members = file.Members,
            Certificate = certificate,
            Key = key,
            Ca = file.Authorities,
        }.Save(Path.Combine(directory, NodeBundle.FileNameOf(member.Id)));
    }
}
